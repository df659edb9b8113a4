// bench_length [HANDOVERS]: what a run costs by its length, in virtual time: one of as many handovers (1,000), of a half,
// a quarter and a tenth; and one of a tenth with ten times as many packets to each. Time by the handover and by the packet
// is to stay, and memory to grow by no more than what is kept.
#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdlib>

#include "tests/system/program.hpp"
#include "tests/unit/config/scratch.hpp"

using namespace segue;
using namespace segue::test;

namespace {

struct Cost {
  double seconds = 0;
  double cpu_seconds = 0;
  long peak_kib = 0;  // of the largest process of this run and those before it
};

double cpu_of(const rusage& usage) {
  const auto of = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return of(usage.ru_utime) + of(usage.ru_stime);
}

Cost cost_of(unsigned handovers, Delay interval) {
  const Scratch scratch;
  rusage before{};
  rusage after{};
  ::getrusage(RUSAGE_CHILDREN, &before);
  const Instant begin = now();
  const Outcome outcome =
      run(segue_with({"run", lab_folder("prompt").string(), "--clock", "virtual", "--probe", "voip", "--mechanism",
                      "prompt-scheduled", "--handovers", std::to_string(handovers), "--interval",
                      fmt::format("{}ms", interval.count() / 1'000'000), "--out", (scratch.path() / "out").string()}),
          {}, std::chrono::minutes(30));
  const Instant end = now();
  if (outcome.exit_code != 0) throw Error("a run failed: " + outcome.err);
  ::getrusage(RUSAGE_CHILDREN, &after);
  return {std::chrono::duration<double>(end - begin).count(), cpu_of(after) - cpu_of(before), after.ru_maxrss};
}

void print_row(unsigned handovers, Delay interval) {
  const Cost cost = cost_of(handovers, interval);
  const double packets = 2.0 * handovers * static_cast<double>(interval.count()) / 20e6;
  fmt::print("{:>9} {:>9.0f} {:>9.0f} {:>9.2f} {:>9.2f} {:>12.2f} {:>12.1f} {:>9.1f}\n", handovers,
             static_cast<double>(interval.count()) / 1e6, packets, cost.seconds, cost.cpu_seconds,
             cost.seconds / handovers * 1e3, cost.seconds / packets * 1e6, static_cast<double>(cost.peak_kib) / 1024);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  const auto most = static_cast<unsigned>(argc > 1 ? std::atoi(argv[1]) : 1000);
  constexpr Delay interval = std::chrono::seconds(1);
  fmt::print("{:>9} {:>9} {:>9} {:>9} {:>9} {:>12} {:>12} {:>9}\n", "handovers", "every ms", "packets", "s", "CPU s",
             "ms/handover", "us/packet", "peak MiB");
  for (const unsigned part : {10U, 4U, 2U, 1U}) print_row(most / part, interval);
  print_row(most / 10, 10 * interval);
  return 0;
}
