// Running a program as a user does, and waiting for what it says.
//
// Everything waits for an event, with a deadline: an output line, or the end of a process. A deadline that passes is an
// Error, which fails the test. Whatever a process leaves behind becomes this process's child (main.cpp), so that
// descendants() finds it.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "nodes/base/clock.hpp"
#include "nodes/base/fd.hpp"

namespace segue::test {

using Command = std::vector<std::string>;

struct Outcome {
  int exit_code = -1;  // 128 + N when signal N ended it
  std::string out;
  std::string err;
};

struct Surroundings {
  std::filesystem::path directory;   // "": the test's own
  std::function<void()> in_child{};  // before the program begins; its failure has to _exit
};

// How everything is started, whatever a test adds.
struct Usual {
  std::filesystem::path program = SEGUE_PROGRAM;
  std::filesystem::path labs = std::filesystem::path(SEGUE_SOURCE_DIR) / "topologies";
  std::function<void()> in_child{};  // before that of Surroundings
};
Usual& usual();

class Process {
 public:
  enum class Stream { out, err };

  explicit Process(const Command& command, const Surroundings& surroundings = {});
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process();  // SIGKILL, if it still runs

  pid_t pid() const noexcept { return pid_; }
  void send(int signal) const;

  // The first line with `text` in it, seen before or yet to come.
  std::string await_line(Stream stream, std::string_view text, Delay limit = std::chrono::seconds(60));

  // Its end, and all that it said.
  Outcome wait(Delay limit = std::chrono::seconds(120));

  // Whether it ended within `limit`. An end is left for wait().
  bool ends_within(Delay limit);

 private:
  bool pump(Instant deadline);  // until something came or the process ended; false after the deadline
  void drain();
  bool ended();

  Command command_;
  pid_t pid_ = -1;
  Fd process_;
  Fd streams_[2];
  std::string said_[2];
};

Outcome run(const Command& command, const Surroundings& surroundings = {}, Delay limit = std::chrono::seconds(120));

// `segue WORDS…`, the program of this build.
Command segue_with(const Command& words);
inline Outcome run_segue(const Command& words, const Surroundings& surroundings = {}) {
  return run(segue_with(words), surroundings);
}

std::filesystem::path lab_folder(const std::string& name);  // of those that come with Segue

// All processes that descend from `ancestor`, without zombies.
std::vector<pid_t> descendants(pid_t ancestor);
std::string command_line(pid_t process);  // "" if it has gone

// Whether `condition` comes to hold within `limit`; for what the kernel does not tell of.
bool eventually(const std::function<bool()>& condition, Delay limit);

// Takes leave of children that ended, those adopted too.
void reap();

}  // namespace segue::test
