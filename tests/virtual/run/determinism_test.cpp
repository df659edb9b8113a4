// One seed, the same bytes: on another day, in another folder, on a busy machine (by another user: ../root).
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "nodes/base/error.hpp"
#include "tests/unit/config/scratch.hpp"
#include "tests/virtual/run/results.hpp"

using namespace segue;
using namespace segue::test;
namespace fs = std::filesystem;

namespace {

// A call and a UDP flow: what the probes, the agents, iperf and netem's random numbers do is all in the results.
const Command measure{"--mechanism", "prompt-scheduled", "--probe", "voip",       "--probe",
                      "iperf-udp",   "--handovers",      "3",       "--interval", "3s"};

Command with_seed(const char* seed) {
  Command words = measure;
  words.insert(words.end(), {"--seed", seed});
  return words;
}

// Processes that keep every core busy, gone with the object.
class Load {
 public:
  Load() {
    for (long i = ::sysconf(_SC_NPROCESSORS_ONLN); i > 0; --i) {
      const pid_t pid = check(::fork(), "start a busy process");
      if (pid == 0) {
        for (;;) asm volatile("");
      }
      busy_.push_back(pid);
    }
  }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;
  ~Load() {
    for (const pid_t pid : busy_) {
      ::kill(pid, SIGKILL);
      ::waitpid(pid, nullptr, 0);
    }
  }

 private:
  std::vector<pid_t> busy_;
};

}  // namespace

TEST_CASE("two runs with one seed leave the same bytes, and another seed loses other packets") {
  const Scratch scratch;
  const fs::path lab = lossy_lab(scratch.path());
  run_virtual(lab, scratch.path() / "first", with_seed("7"));
  run_virtual(lab, scratch.path() / "second", with_seed("7"));
  run_virtual(lab, scratch.path() / "other", with_seed("8"));
  const Results first = results_in(scratch.path() / "first");
  CHECK(first.size() == 5);  // summary, handovers, metrics and a CSV for each probe; nothing of the guests is left
  CHECK(differences(first, results_in(scratch.path() / "second")) == "");
  const std::string call = "prompt-scheduled.voip.csv";
  CHECK(first.at(call) != results_in(scratch.path() / "other").at(call));
}

TEST_CASE("the same bytes come out in another folder with both cores busy, one guest at a time") {
  const Scratch scratch;
  const fs::path lab = lossy_lab(scratch.path());
  run_virtual(lab, scratch.path() / "first", measure);
  const fs::path elsewhere = scratch.path() / "a folder" / "of its own";
  fs::create_directories(elsewhere);
  const fs::path other_lab = lossy_lab(elsewhere);
  const Load load;
  Command words = measure;
  words.insert(words.end(), {"--jobs", "1"});
  run_virtual("prompt", "results/here", words, {.directory = elsewhere, .in_child = [&] {
                                                  fs::create_directory("topologies");
                                                  fs::rename(other_lab, "topologies/prompt");
                                                }});
  const Results first = results_in(scratch.path() / "first");
  Results second = results_in(elsewhere / "results" / "here");
  CHECK(differences(first, second) == "summary.json ");  // the command in it names the lab as it was given
}
