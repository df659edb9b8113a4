// Random labs held to their analysis, as many as the first argument says (10,000) from the seed that the second says:
// how many agree, and of those that do not the seed and what differs. Ends with 1 if any does not.
#include "tests/agreement/agreement.hpp"

#include <fmt/format.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <vector>

#include "nodes/base/error.hpp"
#include "nodes/process/run.hpp"
#include "tests/agreement/random_lab.hpp"
#include "tests/system/program.hpp"
#include "tests/unit/config/scratch.hpp"

using namespace segue;
using namespace segue::test;

namespace {

class Trial {
 public:
  Trial(std::size_t labs, std::uint64_t seed) : labs_(labs), next_(seed) {}

  bool perform() {
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < std::max(std::thread::hardware_concurrency(), 1U); ++i) {
      threads.emplace_back([this] {
        while (begun_ < labs_) one();
      });
    }
    for (auto& thread : threads) thread.join();
    fmt::print(
        "{} labs, {} handovers, {} packets of which {} lost, {} doubled, {} overtaken, {} held; {} with an outage "
        "without end: {} disagree; {} drawn were none\n",
        agreed_ + disagreed_, handovers_, packets_, lost_, duplicated_, reordered_, buffered_, endless_, disagreed_,
        refused_.load());
    return disagreed_ == 0;
  }

 private:
  void one() {
    const std::uint64_t seed = next_++;
    const auto folder = scratch_.path() / std::to_string(seed);
    write_lab(draw_lab(seed), folder);
    if (!is_accepted(folder)) {
      ++refused_;
      std::filesystem::remove_all(folder);
      return;
    }
    ++begun_;
    Agreement agreement;
    try {
      const auto command = segue_with(run_words(folder, folder / "out", seed));
      const auto outcome = process::run(
          {.path = command.front(), .arguments = {command.begin() + 1, command.end()}, .errors = process::as_output});
      if (!outcome.status.success()) throw Error(outcome.output);
      agreement = held_to_analysis(folder, folder / "out", seed);
    } catch (const std::exception& error) {
      agreement.differences.emplace_back(error.what());
    }
    count(seed, agreement);
    std::filesystem::remove_all(folder);
  }

  void count(std::uint64_t seed, const Agreement& agreement) {
    const std::lock_guard lock(mutex_);
    handovers_ += agreement.handovers;
    packets_ += agreement.packets;
    lost_ += agreement.lost;
    duplicated_ += agreement.duplicated;
    reordered_ += agreement.reordered;
    buffered_ += agreement.buffered;
    endless_ += agreement.outage_without_end ? 1 : 0;
    ++(agreement.differences.empty() ? agreed_ : disagreed_);
    for (const auto& difference : agreement.differences) fmt::print("seed {}: {}\n", seed, difference);
    if ((agreed_ + disagreed_) % 500 == 0) fmt::print("{} labs so far\n", agreed_ + disagreed_);
    std::fflush(stdout);
  }

  const Scratch scratch_;
  std::size_t labs_;
  std::atomic<std::uint64_t> next_;
  std::atomic<std::size_t> begun_{0};
  std::atomic<std::size_t> refused_{0};
  std::mutex mutex_;
  std::size_t agreed_ = 0;
  std::size_t disagreed_ = 0;
  std::size_t handovers_ = 0;
  std::size_t packets_ = 0;
  std::size_t lost_ = 0;
  std::size_t duplicated_ = 0;
  std::size_t reordered_ = 0;
  std::size_t buffered_ = 0;
  std::size_t endless_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  const std::size_t labs = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 10'000;
  const std::uint64_t seed = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
  return Trial(labs, seed).perform() ? 0 : 1;
}
