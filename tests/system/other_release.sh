#!/bin/bash
# What a newcomer does on the Debian release that this machine is not, in a folder made by debootstrap with the apt
# sources of this machine: a virtual run, for which the launcher installs packages and builds programs and guest kernel,
# and the unit tests. Leaves nothing behind but what the compiler's cache keeps.
#
# Exit codes: 0 passed, 1 failed, 77 cannot run here (root is needed).
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

if ((EUID != 0)); then
  echo "other_release: needs root" >&2
  exit 77
fi

scratch=$(mktemp -d "${TMPDIR:-/tmp}/segue-release.XXXXXX")
trap 'rm -rf --one-file-system "$scratch"' EXIT
# shellcheck source=tests/system/debian.bash
source "$root/tests/system/debian.bash"

release=trixie
[[ $(codename) != trixie ]] || release=bookworm
debian=$scratch/$release

step "making a Debian $release"
make_debian "$release" "$debian"
mkdir -p "$debian/src" "$debian/root/.cache/ccache"
(cd "$root" && tar --anchored --exclude-from=.dockerignore -cf - -- *) | tar -C "$debian/src" --no-same-owner -xf -
cache=$(ccache --get-config cache_dir 2>/dev/null || true)

# Mounts and processes end with the command, however it ends.
in_debian() {
  # shellcheck disable=SC2016 # the inner shell expands
  unshare --mount --propagation private --pid --fork --kill-child bash -c '
    set -e
    mount -t proc proc "$1/proc"
    mount --rbind /dev "$1/dev"
    if [[ -d $2 ]]; then mount --bind "$2" "$1/root/.cache/ccache"; fi
    exec env -i HOME=/root LC_ALL=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
      chroot "$1" "${@:3}"' in_debian "$debian" "$cache" "$@" </dev/null
}

step "running a lab in virtual time"
in_debian /src/segue run prompt --clock virtual --probe voip --handovers 2 --json >"$scratch/summary.json"
check_summary "$scratch/summary.json"
step "running the unit tests"
in_debian /src/segue test unit
step "done"
