#include "orchestrator/campaign/runner.hpp"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <ctime>
#include <random>
#include <set>

#include "nodes/base/clock.hpp"
#include "orchestrator/campaign/identity.hpp"
#include "orchestrator/campaign/store.hpp"
#include "tests/unit/campaign/tools.hpp"

using namespace segue;
using namespace segue::campaign;
using namespace segue::test;

namespace {

namespace fs = std::filesystem;

constexpr const char* small =
    "mechanisms = [\"prompt-scheduled\", \"prompt-unscheduled\"]\nprobes = [\"voip\", \"iperf-tcp\"]\nrepetitions = "
    "5\nhandovers = 3\n";

struct Done {
  Finish finish;
  std::vector<RunKey> finished;
  std::size_t performed = 0;
};

Done perform(const Plan& plan, const fs::path& out, const Perform& runs, bool resume = false) {
  const CampaignFolder folder(out, identity_of(plan), resume);
  std::size_t performed = 0;
  const Perform counted = [&](const auto& specs, const auto& observer) {
    performed += specs.size();
    runs(specs, observer);
  };
  auto finish = run_campaign(plan, folder, counted, {});
  write_store(plan, folder, finish.failed, finish.interrupted);
  return {std::move(finish), folder.finished(), performed};
}

// Fails, or taints, the runs of one mechanism and seed for the first `times` times they are tried.
Perform troubled(const experiment::RunOutcome& trouble, std::uint64_t seed, unsigned times) {
  auto left = std::make_shared<unsigned>(times);
  return [=](const std::vector<experiment::RunSpec>& runs, const experiment::WorkerObserver& observer) {
    for (std::size_t i = 0; i < runs.size(); ++i) {
      experiment::RunOutcome outcome{.result = made_up_result(runs[i])};
      if (runs[i].mechanism == "prompt-scheduled" && runs[i].probe == experiment::Probe::voip && runs[i].seed == seed &&
          *left > 0) {
        --*left;
        outcome.error = trouble.error;
        outcome.exit_code = trouble.exit_code;
        if (outcome.error.empty()) outcome.result.verdict = record::Verdict::tainted;
      }
      observer.ended(i, outcome);
    }
  };
}

}  // namespace

TEST_CASE("every run of the matrix is performed once, and its result is in its folder") {
  const Scratch scratch;
  const auto plan = plan_of(scratch, small);
  const auto done = perform(plan, scratch.path() / "out", made_up_runs());
  CHECK(done.performed == 20);
  CHECK(done.finished.size() == 20);
  CHECK(done.finish.failed.empty());
  CHECK(fs::exists(scratch.path() / "out/runs/c003-r05/result.json"));
  CHECK(!fs::exists(scratch.path() / "out/.aside"));
}

TEST_CASE("a run that fails is tried once more, and then reported without stopping the others") {
  const Scratch scratch;
  const auto plan = plan_of(scratch, small);
  const experiment::RunOutcome failure{.result = {}, .error = "its guest panicked", .exit_code = 1};
  const auto once = perform(plan, scratch.path() / "once", troubled(failure, 2, 1));
  CHECK(once.performed == 21);
  CHECK(once.finished.size() == 20);
  CHECK(once.finish.failed.empty());
  const auto always = perform(plan, scratch.path() / "always", troubled(failure, 2, 100));
  CHECK(always.performed == 21);
  CHECK(always.finished.size() == 19);
  REQUIRE(always.finish.failed.size() == 1);
  CHECK(to_text(always.finish.failed[0].run) == "c000-r02");
  CHECK(text_of(scratch.path() / "always/runs.csv")
            .find("c000-r02,0,2,0,2,prompt-scheduled,voip,failed,its guest panicked") != std::string::npos);
}

TEST_CASE("a run that was interrupted is not stored, however many of its handovers were made again") {
  const Scratch scratch;
  const auto plan = plan_of(scratch, small);
  const Perform cut_short = [](const std::vector<experiment::RunSpec>& runs,
                               const experiment::WorkerObserver& observer) {
    for (std::size_t i = 0; i < runs.size(); ++i) {
      experiment::RunOutcome outcome{.result = made_up_result(runs[i])};
      for (auto& card : outcome.result.handovers) card.slot = 0;
      observer.ended(i, outcome);
    }
  };
  const CampaignFolder folder(scratch.path() / "out", identity_of(plan), false);
  CHECK(run_campaign(plan, folder, cut_short, {}).interrupted);
  CHECK(folder.finished().empty());
}

TEST_CASE("a tainted run is repeated on the real clock, kept, and left out of the statistics") {
  const Scratch scratch;
  const auto plan = plan_of(scratch, small, "real");
  const auto once = perform(plan, scratch.path() / "once", troubled({}, 2, 1));
  CHECK(once.performed == 21);
  CHECK(once.finished.size() == 21);
  const auto rows = text_of(scratch.path() / "once/runs.csv");
  CHECK(rows.find("c000-r02-t1,0,2,0,2,prompt-scheduled,voip,tainted") != std::string::npos);
  CHECK(rows.find("c000-r02,0,2,1,2,prompt-scheduled,voip,clean") != std::string::npos);
  const auto always = perform(plan, scratch.path() / "always", troubled({}, 2, 100));
  CHECK(always.performed == 22);  // three attempts, and no more
  CHECK(text_of(scratch.path() / "always/statistics.json").find("\"tainted\": 3") != std::string::npos);
  const auto in_virtual_time = perform(plan_of(scratch, small), scratch.path() / "virtual", troubled({}, 2, 100));
  CHECK(in_virtual_time.performed == 20);
}

TEST_CASE(
    "an interrupted campaign goes on where it was, repeats nothing, and ends with the bytes of an undisturbed one") {
  const Scratch scratch;
  const auto plan = plan_of(scratch, small);
  perform(plan, scratch.path() / "whole", made_up_runs());
  std::set<std::uint64_t> seen;
  const Perform some = [&](const std::vector<experiment::RunSpec>& runs, const experiment::WorkerObserver& observer) {
    for (std::size_t i = 0; i < runs.size(); ++i) {
      if (i < 7) observer.ended(i, {.result = made_up_result(runs[i])});
      if (i >= 7) observer.ended(i, {.result = {}, .error = "interrupted", .exit_code = 1});
    }
  };
  const auto out = scratch.path() / "out";
  const auto first = perform(plan, out, some);
  CHECK(first.finish.interrupted);
  CHECK(first.finish.done == 7);
  CHECK(first.finish.planned == 20);
  const auto rows = text_of(out / "handovers.csv");
  CHECK(std::count(rows.begin(), rows.end(), '\n') == 1 + 7 * 3);
  CHECK(text_of(out / "statistics.json").find("\"interrupted\": true") != std::string::npos);
  CHECK(text_of(out / "statistics.json").find("\"stopped\": \"interrupted\"") != std::string::npos);
  CHECK(text_of(out / "README.md").find("It was interrupted") != std::string::npos);
  CHECK(perform(plan, out, some, true).finish.interrupted);
  const auto rest = perform(plan, out, made_up_runs(), true);
  CHECK(rest.performed == 6);
  CHECK(files_of(out) == files_of(scratch.path() / "whole"));
}

TEST_CASE("a run cut short by an interruption does not count") {
  const Scratch scratch;
  const auto plan = plan_of(scratch, small, "real");
  const Perform cut = [](const std::vector<experiment::RunSpec>& runs, const experiment::WorkerObserver& observer) {
    auto result = made_up_result(runs[0]);
    result.handovers.pop_back();
    observer.ended(0, {.result = result});
  };
  const auto done = perform(plan, scratch.path() / "out", cut);
  CHECK(done.finish.interrupted);
  CHECK(done.finished.empty());
}

TEST_CASE(
    "with a stop rule each cell is repeated until it is precise, at least and at most as often as the rule says") {
  const Scratch scratch;
  const std::string rule = "mechanisms = [\"prompt-scheduled\"]\nprobes = [\"voip\"]\nhandovers = 3\n[stop]\n";
  const auto repetitions = [&](const std::string& text, const char* name) {
    return perform(plan_of(scratch, rule + text), scratch.path() / name, made_up_runs()).finished.size();
  };
  CHECK(repetitions("until = \"ci95 < 90%\"\n", "wide") == 3);
  CHECK(repetitions("until = \"ci95 < 90%\"\nat-least = 5\n", "least") == 5);
  CHECK(repetitions("until = \"ci95 < 1ns\"\nat-most = 12\n", "most") == 12);
  const auto some = repetitions("until = \"ci95 < 15%\"\nof = [\"lost-uplink\"]\n", "some");
  CHECK(some > 3);
  CHECK(some < 100);
  // The rule sees the same in a folder that is gone on with.
  const auto again = perform(plan_of(scratch, rule + "until = \"ci95 < 15%\"\nof = [\"lost-uplink\"]\n"),
                             scratch.path() / "some", made_up_runs(), true);
  CHECK(again.performed == 0);
  CHECK(again.finished.size() == some);
}

TEST_CASE("killed at random moments and gone on with, a campaign ends with the bytes of an undisturbed one") {
  const Scratch scratch;
  const auto plan = plan_of(scratch, std::string(small) + "[sweep]\nlinks.map-ar1.delay = [\"1ms\", \"2ms\"]\n");
  const auto began = now();
  perform(plan, scratch.path() / "whole", made_up_runs());
  const auto length = now() - began;
  const auto out = scratch.path() / "out";
  std::mt19937_64 random(4);
  unsigned killed = 0;
  for (unsigned i = 0; i < 20; ++i) {
    const auto limit = length * static_cast<std::int64_t>(random() % 1000) / 1000;
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      // The timer's default action ends the process at that moment, wherever it is.
      itimerspec when{};
      when.it_value.tv_nsec = std::max<std::int64_t>(limit.count() % 1'000'000'000, 1);
      when.it_value.tv_sec = limit.count() / 1'000'000'000;
      sigevent event{};
      event.sigev_notify = SIGEV_SIGNAL;
      event.sigev_signo = SIGKILL;
      timer_t timer{};
      ::timer_create(CLOCK_MONOTONIC, &event, &timer);
      ::timer_settime(timer, 0, &when, nullptr);
      perform(plan, out, made_up_runs(), true);
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    killed += WIFSIGNALED(status) ? 1 : 0;
  }
  CHECK(killed > 0);
  perform(plan, out, made_up_runs(), true);
  CHECK(files_of(out) == files_of(scratch.path() / "whole"));
}
