// Runs commands that a mechanism, or a probe, needs; nothing they start outlives the agent.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>

#include "nodes/base/fd.hpp"
#include "nodes/base/loop.hpp"
#include "nodes/process/child.hpp"

namespace segue::agent {

// Puts every later child of this process into a PID namespace of its own, whose init dies with this process: then the
// kernel ends whatever is left in it, grandchildren in the background too. Once per process; later calls do nothing.
// This process must have no threads and can start none afterwards.
void contain_children();

class Executor {
 public:
  explicit Executor(Loop& loop) : loop_(loop) {}
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  // `ended` gets "" or `execute "…": exit status 1: <the last of what it said>`. Throws Error if it cannot start.
  // Returns a number for kill().
  std::uint64_t run(const std::string& command, std::function<void(const std::string&)> ended);
  // And what it has started, but for what has left its process group; nothing if it has ended.
  void kill(std::uint64_t number);

 private:
  struct Running {
    std::uint64_t number;
    std::string command;
    process::Child child;
    Fd end;     // can be read once it has ended
    Fd output;  // what it writes to standard output and error
    std::function<void(const std::string&)> ended;
  };

  void collect(int key);

  Loop& loop_;
  std::uint64_t next_ = 1;
  std::unordered_map<int, Running> running_;  // by the number of `end`
};

}  // namespace segue::agent
