#!/bin/bash
# Feeds one decoder with what libFuzzer makes of a small corpus, for SECONDS, under AddressSanitizer and UBSan. Needs clang.
#   tests/fuzz/fuzz.sh HARNESS [SECONDS (60)] [FOLDER for the build and what was found]
# HARNESS: config (topologies and mechanisms), signal, control, wire (its requests), iperf (its output). Whatever ends a
# harness lies in FOLDER/HARNESS/ as crash-…, and that file as its only argument does it again.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
harness=${1:?one of config, signal, control, wire, iperf}
seconds=${2:-60}
work=${3:-$(mktemp -d)}
cd "$root"

base=(nodes/base/error.cpp nodes/base/ip.cpp nodes/base/units.cpp nodes/base/clock.cpp)
packages=(fmt)
case $harness in
  config) sources=(orchestrator/config/*.cpp "${base[@]}") packages+=(tomlplusplus) ;;
  signal) sources=(nodes/signalling/signal.cpp) ;;
  control) sources=(nodes/protocol/control.cpp nodes/protocol/json.cpp "${base[@]}") ;;
  wire)
    sources=(nodes/link/wire.cpp nodes/link/wire_control.cpp nodes/link/wire_packets.cpp nodes/link/wire_protocol.cpp
      nodes/link/delay_line.cpp nodes/link/packet.cpp nodes/link/packet_ring.cpp nodes/link/farewell.cpp
      nodes/link/lateness.cpp nodes/netlink/tap.cpp nodes/base/descriptors.cpp "${base[@]}")
    ;;
  iperf) sources=(nodes/probe/iperf_output.cpp) ;;
  *) echo "no such harness: $harness (config, signal, control, wire, iperf)" >&2 && exit 2 ;;
esac

mkdir -p "$work/objects" "$work/$harness/corpus"
objects=()
for source in "tests/fuzz/${harness}_fuzzer.cpp" "${sources[@]}"; do
  object=$work/objects/${source//\//_}.o
  objects+=("$object")
  # shellcheck disable=SC2046
  [ "$object" -nt "$source" ] || clang++ -std=c++20 -O1 -g -fsanitize=fuzzer-no-link,address,undefined \
    -fno-sanitize-recover=undefined -I. $(pkg-config --cflags "${packages[@]}") -c "$source" -o "$object"
done
# shellcheck disable=SC2046
clang++ -fsanitize=fuzzer,address,undefined "${objects[@]}" -o "$work/$harness/fuzzer" $(pkg-config --libs "${packages[@]}")

# The keys and words of the formats, for the fuzzer to put together.
dictionary() { tr -cs 'A-Za-z0-9_-' '\n' | sort -u | sed -n 's/^\(..*\)$/"\1"/p'; }
if [ "$harness" = config ]; then
  for lab in topologies/*/; do
    name=$(basename "$lab")
    cp "$lab/topology.toml" "$work/config/corpus/$name.toml"
    for mechanism in "$lab"mechanisms/*.toml; do
      [ -f "$mechanism" ] && cp "$mechanism" "$work/config/corpus/$name-$(basename "$mechanism")"
    done
  done
  cat topologies/*/topology.toml topologies/*/mechanisms/*.toml | grep -v '^#' | dictionary >"$work/config/dict"
else
  cp tests/fuzz/corpus/"$harness"/* "$work/$harness/corpus/"
  cat tests/fuzz/corpus/"$harness"/* | tr -d '\000' | dictionary >"$work/$harness/dict"
fi
cd "$work/$harness"
SEGUE_FUZZ_LAB="$root/topologies/prompt" ./fuzzer -max_total_time="$seconds" -dict=dict -timeout=10 -print_final_stats=1 \
  corpus
