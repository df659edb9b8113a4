#!/bin/bash
# The dashboards, their rules and what provisions them: tests/dashboards/check.sh [--write] [BUILD FOLDER]
#
# - the typed description compiles, and the committed JSON is what it describes (--write writes it instead);
# - the committed JSON is itself of Grafana's published schema;
# - promtool is content with Prometheus's configuration and rules, and the rules do what their tests say;
# - the compose file is valid, where there is a `docker compose` to ask.
#
# The schema and the compiler come from npm, in exact versions, into the build folder. Exit codes: 0 all is well, 1 something
# is not, 77 node, npm or promtool is missing.
# shellcheck disable=SC2317 # most functions are called by step
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
dashboards=$root/dashboards

write=
if [[ ${1:-} == --write ]]; then
  write=yes
  shift
fi
work=${1:-$root/build}/dashboards

for tool in node npm promtool; do
  if ! command -v "$tool" >/dev/null; then
    echo "dashboards: $tool is missing (Debian: apt-get install nodejs npm prometheus)" >&2
    exit 77
  fi
done

failed=0
step() {  # WHAT COMMAND…
  local what=$1 output
  shift
  if output=$("$@" 2>&1); then
    echo "ok      $what"
  else
    echo "failed  $what"
    echo "$output"
    failed=1
  fi
}

# A copy to work on: neither packages nor compiled files get into the source tree.
prepare() {
  mkdir -p "$work"
  rm -rf "$work"/*.ts "$work"/*.mjs "$work/compiled" "$work/written"
  cp "$dashboards"/source/* "$dashboards/source/.npmrc" "$work"
  # The registry is asked only if what package.json names is not there.
  (cd "$work" && { npm ls &>/dev/null || npm install --silent; })
}

compile() { (cd "$work" && node_modules/.bin/tsc && node write.mjs written); }

compare() {
  diff -u "$dashboards/grafana/dashboards/$1" "$work/written/$1" | head -n 40 && return
  echo "The committed file is not what dashboards/source describes. To write it: bash tests/dashboards/check.sh --write"
  return 1
}

# As a literal of the schema's type, where TypeScript looks for keys that are too many, too.
has_types() {
  {
    echo "import type { Dashboard } from './grafana.js';"
    echo "export const committed: Dashboard ="
    cat "$dashboards/grafana/dashboards/$1"
  } >"$work/committed.ts"
  (cd "$work" && node_modules/.bin/tsc --noEmit --strict)
}

is_consistent() { node "$root/tests/dashboards/consistent.mjs" "$dashboards/grafana/dashboards/$1"; }

step "packages from npm" prepare
((failed == 0)) || exit 1
step "the description compiles" compile
((failed == 0)) || exit 1
if [[ $write ]]; then
  mkdir -p "$dashboards/grafana/dashboards"
  cp "$work"/written/*.json "$dashboards/grafana/dashboards/"
fi
for name in handover lab health; do
  step "$name.json is what is described" compare "$name.json"
  step "$name.json has the types of Grafana's schema" has_types "$name.json"
  step "$name.json is consistent" is_consistent "$name.json"
done
step "Prometheus's configuration" promtool check config "$dashboards/prometheus/prometheus.yml"
step "rules" promtool check rules "$dashboards/prometheus/rules.yml"
step "tests of the rules" promtool test rules "$dashboards/prometheus/rules_test.yml"
if docker compose version &>/dev/null; then
  step "compose file" docker compose -f "$dashboards/compose.yml" config --quiet
else
  echo "not run: the compose file (there is no docker compose to ask)"
fi
exit "$failed"
