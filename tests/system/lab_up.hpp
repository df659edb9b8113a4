// A lab that a test brings up, under a name of its own, and that is down when the test is over.
#pragma once

#include <doctest/doctest.h>
#include <unistd.h>

#include <sstream>
#include <string>

#include "tests/system/program.hpp"

namespace segue::test {

class LabUp {
 public:
  explicit LabUp(const std::filesystem::path& lab, const Command& more = {}) {
    Command words{"up", lab.string(), "--name", name_, "--metrics", "127.0.0.1:0"};
    words.insert(words.end(), more.begin(), more.end());
    const Outcome outcome = run_segue(words);
    INFO(outcome.err);
    REQUIRE(outcome.exit_code == 0);
    said_ = outcome.out;
  }
  LabUp(const LabUp&) = delete;
  LabUp& operator=(const LabUp&) = delete;
  ~LabUp() {
    if (!down_) run_segue({"down", name_});
    reap();  // the keeper was this process's to take leave of
  }

  const std::string& name() const noexcept { return name_; }
  const std::string& said() const noexcept { return said_; }  // by `up`

  Outcome down() {
    down_ = true;
    return run_segue({"down", name_});
  }

  // The process of a node's agent, as `segue ps` tells.
  pid_t agent_of(const std::string& node) const {
    std::istringstream lines(run_segue({"ps", name_}).out);
    for (std::string line; std::getline(lines, line);) {
      std::istringstream words(line);
      std::string name, role, address, agent;
      pid_t pid = 0;
      if (words >> name >> role >> address >> agent >> pid && name == node) return pid;
    }
    FAIL("no node " << node << " in " << name_);
    return -1;
  }

  // `segue exec NODE -- WORDS…`, for run() and Process.
  Command inside(const std::string& node, const Command& words) const {
    Command command = segue_with({"exec", "--lab", name_, node, "--"});
    command.insert(command.end(), words.begin(), words.end());
    return command;
  }

  // `segue VERB WORDS…` of this lab.
  Outcome ask(Command words) const {
    words.insert(words.begin() + 1, {"--lab", name_});
    return run_segue(words);
  }

 private:
  std::string name_ = "test-" + std::to_string(::getpid());
  std::string said_;
  bool down_ = false;
};

}  // namespace segue::test
