// A thousand handovers with loss, small queues and small buffers: where each missing packet went, and whether it adds up.
#include "tests/agreement/causes.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>

#include "tests/system/program.hpp"
#include "tests/unit/config/scratch.hpp"

using namespace segue;
using namespace segue::test;

int main() {
  constexpr unsigned handovers_a_run = 42;
  constexpr unsigned seeds = 8;
  const Scratch scratch;
  const auto lab = scratch.path() / "lossy";
  write_lossy_lab(lab);
  const auto began = std::chrono::steady_clock::now();
  Causes all;
  for (unsigned seed = 1; seed <= seeds; ++seed) {
    const auto out = scratch.path() / std::to_string(seed);
    Command words{"run",         lab,
                  "--clock",     "virtual",
                  "--probe",     "voip",
                  "--handovers", std::to_string(handovers_a_run),
                  "--seed",      std::to_string(seed),
                  "--out",       out};
    for (const auto& mechanism : lossy_mechanisms) words.insert(words.end(), {"--mechanism", mechanism});
    const Outcome outcome = Process(segue_with(words)).wait(std::chrono::minutes(10));
    if (outcome.exit_code != 0) {
      fmt::print(stderr, "seed {}: {}\n", seed, outcome.err);
      return EXIT_FAILURE;
    }
    all.add(causes_in(out));
    std::filesystem::remove_all(out);
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  fmt::print("{} handovers, {} of them complete, in {:.1f} s; {} packets lost, {} late\n", all.handovers, all.completed,
             took.count(), all.lost, all.late);
  for (const auto& [cause, count] : all.sums) fmt::print("  {:<18} {:>6}\n", cause, count);
  for (const auto& difference : all.differences) fmt::print("  {}\n", difference);
  if (all.sums.contains("unknown")) fmt::print("  some are unknown\n");
  return all.differences.empty() && !all.sums.contains("unknown") ? EXIT_SUCCESS : EXIT_FAILURE;
}
