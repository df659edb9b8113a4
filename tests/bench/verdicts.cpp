// bench_verdicts [RUNS]: handovers beside a staller, by what the program says of them, what the staller says, and what
// packets and messages show. Fails if one that was shifted is not tainted. One that is tainted and that no stall of the
// staller met ("unprovoked") is the machine's own doing: there are to be no more of them than without a staller.
#include <fmt/format.h>

#include <cstdlib>

#include "tests/system/stalls.hpp"
#include "tests/unit/config/scratch.hpp"

using namespace segue;
using namespace segue::test;

namespace {

struct Counts {
  unsigned handovers = 0;
  unsigned stalled = 0;
  unsigned shifted = 0;
  unsigned tainted = 0;
  unsigned missed = 0;      // shifted, and not tainted
  unsigned unprovoked = 0;  // tainted, and no stall met it
};

void add(Counts& counts, const std::vector<Judged>& all) {
  for (const Judged& one : all) {
    ++counts.handovers;
    counts.stalled += one.stalled ? 1 : 0;
    counts.shifted += one.shifted ? 1 : 0;
    counts.tainted += one.tainted ? 1 : 0;
    if (one.shifted && !one.tainted) {
      ++counts.missed;
      fmt::print("missed: {}\n", one.what);
    }
    if (one.tainted && !one.stalled) {
      ++counts.unprovoked;
      fmt::print("no stall met it: {}: {}\n", one.what, one.reasons);
    }
  }
}

Counts measure(unsigned runs, const std::vector<Command>& stallers) {
  Counts counts;
  for (unsigned i = 0; i < runs; ++i) {
    const Scratch scratch;
    const auto out = scratch.path() / "out";
    std::unique_ptr<Staller> staller;
    if (!stallers.empty()) staller = std::make_unique<Staller>(stallers[i % stallers.size()]);
    const Outcome outcome =
        run(segue_with({"run", lab_folder("prompt").string(), "--probe", "voip", "--mechanism", "prompt-scheduled",
                        "--mechanism", "mobile-ipv6-eap-aka", "--handovers", "4", "--interval", "2s", "--seed",
                        std::to_string(i + 1), "--metrics", "127.0.0.1:0", "--out", out.string()}));
    if (outcome.exit_code != 0) throw Error("a run failed: " + outcome.err);
    add(counts, judged(out, staller ? staller->stop() : std::vector<StallTime>{}));
  }
  return counts;
}

void print(const char* what, const Counts& counts) {
  fmt::print("{:<28} {:>9} {:>9} {:>9} {:>9} {:>9} {:>12}\n", what, counts.handovers, counts.stalled, counts.shifted,
             counts.tainted, counts.missed, counts.unprovoked);
}

}  // namespace

int main(int argc, char** argv) {
  const auto runs = static_cast<unsigned>(argc > 1 ? std::atoi(argv[1]) : 10);
  const Counts beside = measure(runs, {{}, {"--apart"}});
  const Counts alone = measure(std::max(runs / 10, 1U), {});
  fmt::print("{:<28} {:>9} {:>9} {:>9} {:>9} {:>9} {:>12}\n", "", "handovers", "stalled", "shifted", "tainted",
             "missed", "unprovoked");
  print("beside a staller", beside);
  print("without one", alone);
  return beside.missed + alone.missed == 0 ? 0 : 1;
}
