#!/bin/bash
# Feeds one decoder with what libFuzzer makes of a small corpus, for SECONDS, under AddressSanitizer and UBSan. Needs clang.
#   tests/fuzz/fuzz.sh HARNESS [SECONDS (60)] [FOLDER for the build and what was found]
# HARNESS: config (topologies and mechanisms), campaign (its file), result (of a run, as a campaign goes on from it), report
# (what one reads), signal, control, wire (its requests), iperf (its output). Whatever ends a harness lies in FOLDER/HARNESS/
# as crash-…, and that file as its only argument does it again.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
harness=${1:?one of config, campaign, result, report, signal, control, wire, iperf}
seconds=${2:-60}
work=${3:-$(mktemp -d)}
cd "$root"

base=(nodes/base/error.cpp nodes/base/ip.cpp nodes/base/units.cpp nodes/base/clock.cpp)
packages=(fmt)
case $harness in
  config) sources=(orchestrator/config/*.cpp "${base[@]}") packages+=(tomlplusplus) ;;
  campaign)
    sources=(orchestrator/campaign/{campaign,metric,names,plan,settings,stop}.cpp orchestrator/report/statistics.cpp
      orchestrator/lab/link_choice.cpp orchestrator/experiment/probe_names.cpp orchestrator/config/*.cpp nodes/link/netem_terms.cpp nodes/netlink/*.cpp "${base[@]}")
    packages+=(tomlplusplus libnl-3.0 libnl-route-3.0)
    ;;
  result)
    sources=(orchestrator/record/*.cpp nodes/protocol/json.cpp orchestrator/config/*.cpp
      orchestrator/report/{evaluation,evaluation_json,evaluation_text,beside_text,disagreement,columns,json_parts,statistics}.cpp
      orchestrator/files/whole_file.cpp "${base[@]}")
    packages+=(tomlplusplus)
    ;;
  report)
    sources=(orchestrator/report/{campaign_data,campaign_options,csv,json_parts,run_data}.cpp
      orchestrator/record/words.cpp orchestrator/files/whole_file.cpp nodes/protocol/json.cpp "${base[@]}")
    ;;
  signal) sources=(nodes/signalling/signal.cpp) ;;
  control) sources=(nodes/protocol/control.cpp nodes/protocol/json.cpp "${base[@]}") ;;
  wire)
    sources=(nodes/link/wire.cpp nodes/link/wire_control.cpp nodes/link/wire_packets.cpp nodes/link/wire_protocol.cpp
      nodes/link/delay_line.cpp nodes/link/packet.cpp nodes/link/packet_ring.cpp nodes/link/farewell.cpp
      nodes/link/lateness.cpp nodes/netlink/tap.cpp nodes/base/descriptors.cpp "${base[@]}")
    ;;
  iperf) sources=(nodes/probe/iperf_output.cpp) ;;
  *) echo "no such harness: $harness (config, campaign, result, report, signal, control, wire, iperf)" >&2 && exit 2 ;;
esac

mkdir -p "$work/objects" "$work/$harness/corpus"
objects=()
for source in "tests/fuzz/${harness}_fuzzer.cpp" "${sources[@]}"; do
  object=$work/objects/${source//\//_}.o
  objects+=("$object")
  # shellcheck disable=SC2046
  [ "$object" -nt "$source" ] || clang++ -std=c++20 -O1 -g -fsanitize=fuzzer-no-link,address,undefined \
    -fno-sanitize-recover=undefined -I. -DSEGUE_VERSION='"0"' $(pkg-config --cflags "${packages[@]}") -c "$source" -o "$object"
done
# shellcheck disable=SC2046
clang++ -fsanitize=fuzzer,address,undefined "${objects[@]}" -o "$work/$harness/fuzzer" $(pkg-config --libs "${packages[@]}")

# The keys and words of the formats, for the fuzzer to put together.
dictionary() { tr -cs 'A-Za-z0-9_-' '\n' | sort -u | sed -n 's/^\(..*\)$/"\1"/p'; }
if [ "$harness" = campaign ]; then
  for lab in topologies/*/; do
    for campaign in "$lab"campaigns/*.toml; do
      [ -f "$campaign" ] && cp "$campaign" "$work/campaign/corpus/$(basename "$lab")-$(basename "$campaign")"
    done
  done
  cat topologies/*/campaigns/*.toml tests/fuzz/corpus/campaign/* | grep -v '^#' | dictionary >"$work/campaign/dict"
  cp tests/fuzz/corpus/campaign/* "$work/campaign/corpus/"
elif [ "$harness" = config ]; then
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
# libFuzzer's own codes are 77 for a finding, which says of a test that it was skipped, and 70 for one that takes too long.
SEGUE_FUZZ_LAB="$root/topologies/prompt" ./fuzzer -error_exitcode=1 -timeout_exitcode=1 -max_total_time="$seconds" \
  -dict=dict -timeout=10 -print_final_stats=1 corpus
