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

apt_sources() { ls -d /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null; }

# The first Debian mirror this machine has configured, in either format of sources.
mirror() {
  apt_sources | xargs -r -d '\n' cat |
    sed -nE 's/^URIs:[[:space:]]*([^[:space:]]+\/debian\/?)([[:space:]].*)?$/\1/p
             s/^deb[[:space:]]+(\[[^]]*\][[:space:]]+)?([^[:space:]]+\/debian\/?)[[:space:]].*$/\2/p' | head -n 1
}

# make_debian RELEASE FOLDER: the smallest Debian of that release, with the apt sources of this machine.
make_debian() {
  local release=$1 folder=$2 here from file
  here=$(codename)
  from=$(mirror)
  quietly debootstrap --variant=minbase "$release" "$folder" ${from:+"$from"}
  # Only the sources that are Debian's: others bring keys and credentials that are none of the folder's business.
  apt_sources | xargs -r -d '\n' grep -ls '/debian' | while IFS= read -r file; do
    sed -E "s/\b${here:-$release}\b/$release/g; s/(debian-archive-keyring)\.pgp/\1.gpg/" "$file" >"$folder$file"
  done
  # It lives for minutes, and waiting for the disk would be most of an installation.
  echo force-unsafe-io >"$folder/etc/dpkg/dpkg.cfg.d/force-unsafe-io"
  rm -f "$folder"/var/cache/apt/archives/*.deb
}

check_summary() {  # FILE: two handovers under each of the paper's three mechanisms, every one complete
  local complete handovers
  complete=$(tr -d ' \n' <"$1" | grep -o '"outcome":"complete"' | wc -l)
  handovers=$(tr -d ' \n' <"$1" | grep -o '"outcome":' | wc -l)
  step "$complete of $handovers handovers complete"
  ((handovers == 6 && complete == handovers)) && grep -q '"table"' "$1"
}
