# ./segue test: sourced by the launcher, which brings `root`, `build`, `need`, `make`,
# `build_programs` and `fail`.
#
# `stalled` before other kinds: they run beside a process that keeps every core from its work for 10 ms every 2 s.
#
# Every kind adds to three counts; the last line says them. What ran is left in build/test-results/: one JUnit file a
# kind, and `skipped`, the names of the tests that could not run here.
# shellcheck shell=bash disable=SC2154

all_kinds=(lint dashboards unit sanitized netns system virtual)
results=$build/test-results
passed=0
failed=0
skipped=0

run_tests() {
  local kinds=("$@") kind
  local stalled=0
  if [[ ${kinds[0]-} == stalled ]]; then
    stalled=1
    kinds=("${kinds[@]:1}")
  fi
  ((${#kinds[@]})) || kinds=(all)
  for kind in "${kinds[@]}"; do
    case $kind in
      all | lint | tidy | tidy-touched | dashboards | unit | sanitized | fuzz | netns | system | virtual | bench | container | other-release) ;;
      *) fail 2 "no such kind of test: $kind (${all_kinds[*]} tidy tidy-touched fuzz bench container other-release)" ;;
    esac
  done
  # shellcheck disable=SC2206 # kinds hold no white space
  [[ " ${kinds[*]} " != *" all "* ]] || kinds=("${all_kinds[@]}" ${kinds[@]/all/})

  rm -rf "$results"
  mkdir -p "$results"
  : >"$results/skipped"
  prepare "${kinds[@]}" || exit
  if ((stalled)); then stall || exit; fi
  for kind in "${kinds[@]}"; do
    echo "== $kind"
    "run_${kind//-/_}"
  done
  if ((skipped)); then echo "skipped: $(paste -sd ' ' "$results/skipped")"; fi
  echo "$passed passed, $failed failed, $skipped skipped"
  ((failed == 0))
}

# From now on until this shell ends, and with it the staller.
stall() {
  local first
  exec {stalls}< <(exec "$build/tests/staller")
  staller=$!
  trap 'kill "$staller" 2>/dev/null' EXIT
  read -r first <&"$stalls" || fail 1 "stalled: this machine does not grant the highest real-time priority"
  { echo "$first" && exec cat <&"$stalls"; } >"$results/stalls" &
}

# Everything is built before anything runs: compilers beside them would spoil what the tests measure.
prepare() {
  local kind purposes=(build run)
  for kind in "$@"; do
    case $kind in
      tidy | tidy-touched) purposes+=(lint) ;;
      lint | fuzz | container | other-release) purposes+=("$kind") ;;
      dashboards) purposes+=(test dashboards) ;;
      system | bench) purposes+=(test) ;;
      virtual) purposes+=(test guest) ;;
    esac
  done
  need "${purposes[@]}" || return
  build_programs
  make "$build" "$(target_of "$@")"
  if [[ " $* " == *" virtual "* ]]; then "$build/bin/segue" kernel build >/dev/null || return; fi
  if [[ " $* " == *" sanitized "* ]]; then
    make "$root/build-asan" unit_tests -DSEGUE_SANITIZE=ON -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG="-O1 -g1"
  fi
}

# One kind alone need not wait for the tests of the others.
target_of() {
  case $* in
    unit | netns | system) echo "$1_tests" ;;
    lint | tidy | tidy-touched | dashboards | sanitized | fuzz | container | other-release) echo programs ;;
    *) echo all ;;
  esac
}

count() {  # NAME STATUS: one test that ran, or with 77 could not
  case $2 in
    0) passed=$((passed + 1)) ;;
    77)
      skipped=$((skipped + 1))
      echo "$1" >>"$results/skipped"
      ;;
    *)
      failed=$((failed + 1))
      echo "failed: $1"
      ;;
  esac
}

attribute() { sed -n "s/^[[:space:]]*$1=\"\([0-9]*\)\"\$/\1/p" "$2" | head -n 1; }

# with_ctest NAME DIRECTORY LABEL [ctest option…]
with_ctest() {
  local name=$1 directory=$2 label=$3
  shift 3
  local junit=$results/$name.xml status=0
  ctest --test-dir "$directory" -L "^$label\$" --output-on-failure --no-tests=ignore --output-junit "$junit" "$@" \
    </dev/null || status=$?
  local tests bad left
  tests=$(attribute tests "$junit")
  bad=$(attribute failures "$junit")
  left=$(attribute skipped "$junit")
  if [[ -z $tests || -z $bad || -z $left ]] || { ((status)) && ((bad == 0)); }; then
    count "$name (ctest ended with $status)" 1
    return
  fi
  passed=$((passed + tests - bad - left))
  failed=$((failed + bad))
  skipped=$((skipped + left))
  sed -n 's/.*<testcase name="\([^"]*\)".* status="notrun".*/\1/p' "$junit" >>"$results/skipped"
}

run_unit() { with_ctest unit "$build" unit -j "$(nproc)"; }
run_sanitized() { with_ctest sanitized "$root/build-asan" unit -j "$(nproc)"; }
run_netns() { with_ctest netns "$build" netns; }
run_system() { with_ctest system "$build" system; }
run_virtual() { with_ctest virtual "$build" virtual -j "$(nproc)"; }

run_dashboards() { with_script dashboards tests/dashboards/check.sh "$build"; }
run_container() { with_script container tests/system/container.sh; }
run_other_release() { with_script other-release tests/system/other_release.sh; }

with_script() {  # NAME SCRIPT [argument…]
  local name=$1 status=0
  bash "$root/$2" "${@:3}" </dev/null || status=$?
  count "$name" "$status"
}

# Each decoder for a minute, or SEGUE_FUZZ_SECONDS. What was found stays in build/fuzz/.
run_fuzz() {
  local harness status
  for harness in config campaign result report signal control wire iperf; do
    echo "-- fuzz $harness"
    status=0
    bash "$root/tests/fuzz/fuzz.sh" "$harness" "${SEGUE_FUZZ_SECONDS:-60}" "$build/fuzz" </dev/null \
      >"$results/fuzz-$harness.log" 2>&1 || status=$?
    if ((status)); then tail -n 40 "$results/fuzz-$harness.log"; fi
    count "fuzz $harness" "$status"
  done
}

run_bench() {
  local bench status
  for bench in "$build"/tests/bench_*; do
    [[ -x $bench && -f $bench ]] || continue
    echo "-- ${bench##*/}"
    status=0
    "$bench" </dev/null || status=$?
    count "${bench##*/}" "$status"
  done
}

lint_step() {  # NAME COMMAND…
  local name=$1 status=0
  shift
  "$@" || status=1
  count "$name" "$status"
}

run_lint() {
  local sources scripts
  cd "$root" || return
  mapfile -t sources < <(find nodes orchestrator tests -name '*.cpp' -o -name '*.hpp' | sort)
  mapfile -t scripts < <(find tests -name '*.sh' -o -name '*.bash' | sort)
  lint_step clang-format clang-format --dry-run -Werror "${sources[@]}"
  lint_step shellcheck shellcheck segue .ci/run "${scripts[@]}"
}

# Ten minutes of two cores: for a change's author, and not in every run of everything.
run_tidy() {
  local units
  cd "$root" || return
  mapfile -t units < <(find nodes orchestrator tests -name '*.cpp' | sort)
  lint_step clang-tidy clang_tidy "${units[@]}"
}

# The same over what a change touches, and no more than that many units, which is five minutes.
most_touched=100

run_tidy_touched() {
  local base units=() status=0
  cd "$root" || return
  base=$(base_of_change) || status=77
  if [[ $base == none ]]; then
    echo "SEGUE_BASE: there is no commit $SEGUE_BASE"
    status=1
  elif ((status)); then
    echo "what a change touches is not known: there is no git here, or no commit before this one"
  else
    mapfile -t units < <(touched_since "$base" | head -n "$most_touched")
    echo "${#units[@]} units, at most $most_touched, that differ from $(git log -1 --format='%h (%s)' "$base")"
    ((${#units[@]} == 0)) || clang_tidy "${units[@]}" || status=1
  fi
  count clang-tidy-touched "$status"
}

# SEGUE_BASE, or where this branch left the one it goes to, or the last commit but one.
base_of_change() {
  local other base
  if [[ ${SEGUE_BASE:-} ]]; then
    git rev-parse --verify --quiet "$SEGUE_BASE^{commit}" || echo none
    return
  fi
  for other in '@{upstream}' origin/main; do
    base=$(git merge-base HEAD "$other" 2>/dev/null) || continue
    [[ $base == "$(git rev-parse HEAD)" ]] || { echo "$base" && return; }
  done
  git rev-parse --verify --quiet HEAD~1
}

# The units that differ from a commit, or whose header does, those with most changed lines first. A header that has no
# unit of its name is seen through one that includes it.
touched_since() {
  local file unit
  {
    git diff --numstat --diff-filter=d --no-renames "$1" -- nodes orchestrator tests
    git ls-files --others --exclude-standard -- nodes orchestrator tests | sed 's/^/0\t0\t/'
  } | sort -rn | while read -r _ _ file; do
    case $file in
      *.cpp) unit=$file ;;
      *.hpp)
        unit=${file%.hpp}.cpp
        # Read to its end: who is hung up on fails, and this list would end here.
        if [[ ! -f $unit ]]; then
          unit=$(git grep -lF "#include \"$file\"" -- '*.cpp' || true)
          unit=${unit%%$'\n'*}
        fi
        ;;
      *) continue ;;
    esac
    [[ -z $unit ]] || echo "$unit"
  done | awk '!seen[$0]++'
}

# What is pedantic is the compiler's to say: clang takes offence at arrays in the kernel's headers, beyond any NOLINT. The
# precompiled headers are the compiler's too, and so are warnings that clang has none of.
clang_tidy() {
  mkdir -p "$build/lint"
  sed -E 's/ -Wpedantic//; s/ -Wno-(stringop-[a-z]+|restrict)//g; s/ -Winvalid-pch -include [^ ]+//' \
    "$build/compile_commands.json" >"$build/lint/compile_commands.json"
  printf '%s\0' "$@" | xargs -0 -P "$(nproc)" -n 1 clang-tidy -p "$build/lint" --quiet --warnings-as-errors='*' \
    2> >(grep -v -e 'warnings generated' -e 'Suppressed .* warnings' -e 'Use -header-filter' >&2)
}
