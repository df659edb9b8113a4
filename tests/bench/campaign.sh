#!/bin/bash
# What a campaign costs beside its runs: 1,000 runs of one handover each in virtual time, at 1, 2 and 4 at a time. Prints the
# wall time of a run, in the first and in the last quarter of the campaign, and the most memory the runner took.
#
#   tests/bench/campaign.sh [RUNS]     with SEGUE=path/to/segue, or build/bin/segue
set -euo pipefail
root=$(dirname "$(dirname "$(dirname "$(readlink -f "$0")")")")
segue=${SEGUE:-$root/build/bin/segue}
runs=${1:-1000}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cat >"$scratch/bench.toml" <<TOML
lab = "$root/topologies/prompt"
mechanisms = ["prompt-scheduled"]
probes = ["voip"]
handovers = 1
interval = "1s"
repetitions = $runs
TOML

# The seconds between the folders of two runs, of which the first and the last are given by their place in time.
between() { awk -v from="$1" -v to="$2" 'NR == from { begin = $1 } NR == to { print ($1 - begin) / (to - from) }'; }

printf '%4s %14s %14s %14s %16s\n' jobs 'ms a run' 'first quarter' 'last quarter' 'runner, MB'
for jobs in 1 2 4; do
  out=$scratch/$jobs
  begin=$(date +%s.%N)
  # It says a line when a run is over: then is the time to look.
  mkfifo "$scratch/said"
  "$segue" campaign "$scratch/bench.toml" --clock virtual --jobs "$jobs" --out "$out" >/dev/null 2>"$scratch/said" &
  runner=$!
  most=0
  while IFS= read -r line; do
    printf '%s\n' "$line" >>"$scratch/log"
    now=$(awk '/^VmHWM/ { print $2 }' "/proc/$runner/status" 2>/dev/null || true)
    ((${now:-0} > most)) && most=$now
  done <"$scratch/said"
  rm "$scratch/said"
  wait "$runner" || { cat "$scratch/log" >&2; exit 1; }
  end=$(date +%s.%N)
  find "$out/runs" -name result.json -printf '%T@\n' | sort -n >"$scratch/times"
  first=$(between 1 $((runs / 4)) <"$scratch/times")
  last=$(between $((runs - runs / 4 + 1)) "$runs" <"$scratch/times")
  awk -v j="$jobs" -v n="$runs" -v b="$begin" -v e="$end" -v f="$first" -v l="$last" -v m="$most" \
    'BEGIN { printf "%4d %14.0f %14.0f %14.0f %16.1f\n", j, (e - b) / n * 1000, f * 1000, l * 1000, m / 1024 }'
  rm -rf "$out"
done
