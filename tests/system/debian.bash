# Debian in a folder, for the tests that need one: sourced by them, after `scratch` is set.
# shellcheck shell=bash disable=SC2154

step() { echo "$(basename "$0" .sh): $* (${SECONDS}s)"; }

quietly() {  # shows what a command said only if it failed
  if ! "$@" >"$scratch/log" 2>&1 </dev/null; then
    tail -n 60 "$scratch/log"
    return 1
  fi
}

codename() { sed -n 's/^VERSION_CODENAME=//p' /etc/os-release; }

# The files of apt's sources that are Debian's: others bring keys and credentials that are no test's business.
debian_sources() {
  grep -ls '/debian' /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources || true
}

# The first Debian mirror this machine has configured, in either format of sources.
mirror() {
  debian_sources | xargs -r -d '\n' cat |
    sed -nE 's/^URIs:[[:space:]]*([^[:space:]]+\/debian\/?)([[:space:]].*)?$/\1/p
             s/^deb[[:space:]]+(\[[^]]*\][[:space:]]+)?([^[:space:]]+\/debian\/?)[[:space:]].*$/\2/p' | sed -n 1p
}

# make_debian RELEASE FOLDER: the smallest Debian of that release, with the apt sources of this machine.
make_debian() {
  local release=$1 folder=$2 here from file
  here=$(codename)
  from=$(mirror)
  quietly debootstrap --variant=minbase "$release" "$folder" ${from:+"$from"}
  debian_sources | while IFS= read -r file; do
    sed -E "s/\b${here:-$release}\b/$release/g; s/(debian-archive-keyring)\.pgp/\1.gpg/" "$file" >"$folder$file"
  done
  # It lives for minutes, and waiting for the disk would be most of an installation.
  echo force-unsafe-io >"$folder/etc/dpkg/dpkg.cfg.d/force-unsafe-io"
  rm -f "$folder"/var/cache/apt/archives/*.deb
}

# FILE: two handovers under each of the paper's three mechanisms, and those that a busy machine disturbed made again, at
# most three times as many; every one complete.
check_summary() {
  local complete handovers
  complete=$(tr -d ' \n' <"$1" | grep -o '"outcome":"complete"' | wc -l)
  handovers=$(tr -d ' \n' <"$1" | grep -o '"outcome":' | wc -l)
  step "$complete of $handovers handovers complete"
  ((handovers >= 6 && handovers <= 18 && complete == handovers)) && grep -q '"table"' "$1"
}
