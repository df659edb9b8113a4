#!/bin/bash
# Builds the image that the Dockerfile describes and runs a lab in it, without a Docker engine: buildah builds, on a base
# image made by debootstrap with the apt sources of this machine. Leaves nothing behind.
#
# Exit codes: 0 passed, 1 failed, 77 cannot run here (root and /dev/net/tun are needed).
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

if ((EUID != 0)) || [[ ! -c /dev/net/tun ]]; then
  echo "container: needs root and /dev/net/tun" >&2
  exit 77
fi

scratch=$(mktemp -d "${TMPDIR:-/tmp}/segue-container.XXXXXX")
# shellcheck source=tests/system/debian.bash
source "$root/tests/system/debian.bash"
export TMPDIR=$scratch/tmp
export BUILDAH_ISOLATION=chroot
mkdir -p "$TMPDIR"

# overlayfs cannot lie on overlayfs.
driver=overlay
[[ $(stat -f -c %T "$scratch") != overlayfs ]] || driver=vfs
in_scratch() { buildah --root "$scratch/root" --runroot "$scratch/run" --storage-driver "$driver" "$@"; }

clean_up() {
  in_scratch umount --all >/dev/null 2>&1 || true
  # What a command that was killed left mounted; the deepest first.
  awk -v under="$scratch/" 'index($2, under) == 1 { print $2 }' /proc/self/mounts | sort -r |
    while IFS= read -r mounted; do umount -l "$mounted" || true; done
  rm -rf --one-file-system "$scratch"
}
trap clean_up EXIT

make_base() {
  local container base
  container=$(in_scratch from scratch)
  base=$(in_scratch mount "$container")
  make_debian trixie "$base"
  in_scratch umount "$container" >/dev/null
  in_scratch config --cmd /bin/bash --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$container"
  quietly in_scratch commit --rm --disable-compression "$container" docker.io/library/debian:trixie
}

step "making the base image"
make_base
step "building the image"
# What this machine, or a test on the same release, compiled need not be compiled again.
cache=$(ccache --get-config cache_dir 2>/dev/null || true)
quietly in_scratch bud --pull-never ${cache:+--volume "$cache:/root/.cache/ccache"} -t segue "$root"

container=$(in_scratch from --pull-never --device /dev/net/tun segue)
entry=$(in_scratch inspect --format '{{index .OCIv1.Config.Entrypoint 0}}' "$container")
# Docker grants NET_RAW unasked (layer 2 signalling needs it), buildah does not.
in_image() {
  in_scratch run --cap-add CAP_SYS_ADMIN --cap-add CAP_NET_ADMIN --cap-add CAP_NET_RAW "$container" -- \
    "$entry" "$@" </dev/null
}

step "asking the doctor"
in_image doctor
step "running a lab"
if ! in_image run prompt --probe voip --handovers 2 --metrics 127.0.0.1:0 --json >"$scratch/summary.json" ||
  ! check_summary "$scratch/summary.json"; then
  cat "$scratch/summary.json"
  exit 1
fi
step "done"
