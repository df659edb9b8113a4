#!/bin/bash
# Breaks one line at a time and says which unit tests notice.
#
#   run.sh known [FILE]                the mutations of known.txt, or of FILE
#   run.sh random COUNT SEED FOLDER…   as many drawn from the lines of these folders
#
# Works on a copy of the tree, with a build of its own in it that stays for the next time (MUTATION_FOLDER, or under TMPDIR).
# A line for each: killed (by which test), alive, the same (the compiler makes the same programs of it), or no program (it
# does not compile). Ends with 1 if one is alive.
set -euo pipefail

root=$(dirname "$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")")
copy=${MUTATION_FOLDER:-${TMPDIR:-/tmp}/segue-mutation}
alive=0

prepare() {
  local file
  mkdir -p "$copy/tree"
  # What did not change keeps its time, and is not compiled again.
  (cd "$root" && git ls-files | while read -r file; do
    cmp -s "$file" "$copy/tree/$file" || cp --parents "$file" "$copy/tree"
  done)
  cmake -S "$copy/tree" -B "$copy/tree/build" -G Ninja >/dev/null
  made unit_tests || { tail -n 20 "$copy/log" && exit 1; }
  passes '.*' || { echo "the tests fail without any mutation:" && tail -n 20 "$copy/log" && exit 1; }
  sums >"$copy/sums"
}

made() { ninja -C "$copy/tree/build" "$1" >"$copy/log" 2>&1; }

# Those of the tests whose names are PATTERN, which take some 20 seconds in all. A mutation may wait for ever, or ask for all
# memory.
passes() {  # PATTERN
  (ulimit -v 8000000 && timeout 100 ctest --test-dir "$copy/tree/build" -L '^unit$' -R "^($1)\$" -j "$(nproc)") \
    >"$copy/log" 2>&1
}

sums() { (cd "$copy/tree/build/tests" && find . -maxdepth 1 -type f -name 'unit_*' -exec md5sum {} + | sort); }

# The tests that a mutation made other programs of, with | between.
changed() { sums | comm -13 "$copy/sums" - | sed 's/.*\///' | paste -sd '|'; }

# try FILE WHAT: the tree has the mutation in FILE; takes it out again. The tests of its own folder are asked first: most
# mutations end there, and the other tests need not be linked.
try() {
  local file=$1 what=$2 own others
  own=unit_$(basename "$(dirname "$file")")
  [[ -d $copy/tree/tests/unit/${own#unit_} ]] || own=unit_tests
  if ! made "$own"; then
    echo "no program  $what"
  elif ! passes "$own"; then
    killed "$what"
  elif ! made unit_tests; then
    echo "no program  $what"
  elif others=$(changed) && [[ -z $others ]]; then
    echo "same        $what"
  elif ! passes "$others"; then
    killed "$what"
  else
    echo "ALIVE       $what"
    alive=$((alive + 1))
  fi
  cp "$root/$file" "$copy/tree/$file"
}

killed() { echo "killed      $1  [$(sed -n 's/.* - \([a-z_]*\) (.*/\1/p' "$copy/log" | paste -sd ' ')]"; }

known() {
  local file before after
  while IFS=$'\t' read -r file before after; do
    [[ -n $file && $file != \#* ]] || continue
    if ! BEFORE=$before AFTER=$after perl -0pi -e 's/\Q$ENV{BEFORE}\E/$ENV{AFTER}/ or exit 3' "$copy/tree/$file"; then
      echo "not there   $file: $before"
      alive=$((alive + 1))
      continue
    fi
    try "$file" "$file: $before -> $after"
  done <"${1:-$root/tests/mutation/known.txt}"
}

# A line of code and a change to it, drawn by SEED; FILE:LINE and the change are printed.
draw() {
  (cd "$copy/tree" && perl -e '
    my ($seed, @folders) = @ARGV;
    srand($seed);
    my @changes = (["<=", "<"], [">=", ">"], [" < ", " <= "], [" > ", " >= "], ["==", "!="], ["!=", "=="], ["&&", "||"],
                   ["||", "&&"], [" + ", " - "], [" - ", " + "], ["true", "false"], ["false", "true"],
                   ["std::max", "std::min"], ["std::min", "std::max"], ["++", "--"]);
    my @files = sort map { glob("$_/*.cpp") } @folders;
    for (1 .. 1000) {
      my $file = $files[rand @files];
      open my $in, "<", $file or die;
      my @lines = <$in>;
      my $number = int rand @lines;
      my $line = $lines[$number];
      next if $line =~ /^\s*(\/\/|#|namespace|using|template|\}|$)/;
      my @fit = grep { index($line, $_->[0]) >= 0 && $line !~ /\Q$_->[0]\E[=&|<>]|[-<>=!&|]\Q$_->[0]\E/ } @changes;
      my ($old, $new);
      if (@fit && rand() < 0.8) {
        my $change = $fit[rand @fit];
        ($old, $new) = ($line, $line);
        $new =~ s/\Q$change->[0]\E/$change->[1]/;
      } elsif ($line =~ /^\s+[a-z_.\->()]+(\(.*\)|\s*[-+]?=\s.*);\s*$/ && $line !~ /\breturn\b/) {
        ($old, $new) = ($line, "  ;\n");
      } else { next }
      $lines[$number] = $new;
      open my $out, ">", $file or die;
      print $out @lines;
      chomp($old, $new);
      $old =~ s/^\s+//; $new =~ s/^\s+//;
      print "$file|", $number + 1, ": $old -> $new\n";
      exit 0;
    }
    exit 1' "$@")
}

random() {
  local count=$1 seed=$2 i drawn
  shift 2
  for ((i = 0; i < count; ++i)); do
    drawn=$(draw $((seed * 100000 + i)) "$@")
    try "${drawn%%|*}" "${drawn%%|*}:${drawn#*|}"
  done
}

prepare
"$@"
((alive == 0))
