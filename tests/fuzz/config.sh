#!/bin/bash
# Fuzzes the readers of topologies and mechanisms for SECONDS (60), under AddressSanitizer and UBSan. Needs clang.
#   tests/fuzz/config.sh [SECONDS] [FOLDER for the build and the corpus]
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
seconds=${1:-60}
work=${2:-$(mktemp -d)}
cd "$root"
mkdir -p "$work/corpus"
for source in tests/fuzz/config_fuzzer.cpp orchestrator/config/*.cpp nodes/base/error.cpp nodes/base/ip.cpp nodes/base/units.cpp; do
  object=$work/$(basename "$source").o
  # shellcheck disable=SC2046
  [ "$object" -nt "$source" ] || clang++ -std=c++20 -O1 -g -fsanitize=fuzzer-no-link,address,undefined \
    -fno-sanitize-recover=undefined -I. $(pkg-config --cflags tomlplusplus fmt) -c "$source" -o "$object"
done
# shellcheck disable=SC2046
clang++ -fsanitize=fuzzer,address,undefined "$work"/*.o -o "$work/config_fuzzer" $(pkg-config --libs tomlplusplus fmt)
for lab in topologies/*/; do
  name=$(basename "$lab")
  cp "$lab/topology.toml" "$work/corpus/$name.toml"
  for mechanism in "$lab"mechanisms/*.toml; do
    [ -f "$mechanism" ] && cp "$mechanism" "$work/corpus/$name-$(basename "$mechanism")"
  done
done
# The keys and words of the formats, for the fuzzer to put together.
cat topologies/*/topology.toml topologies/*/mechanisms/*.toml | grep -v '^#' | tr -cs 'A-Za-z0-9_-' '\n' | sort -u |
  sed -n 's/^\(..*\)$/"\1"/p' > "$work/config.dict"
cd "$work"
SEGUE_FUZZ_LAB="$root/topologies/prompt" ./config_fuzzer -max_total_time="$seconds" -dict=config.dict -timeout=10 \
  -print_final_stats=1 corpus
