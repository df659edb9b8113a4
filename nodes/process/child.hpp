// How a process of Segue starts a program: in one way, whoever starts it.
//
// The program gets what it is given here and no more: its streams, the descriptors that are named, and a signal mask in
// which nothing is blocked, since what this process reads from a descriptor (signals.hpp) is no business of another's.
//
// Threading: a child dies with the thread that starts it (PR_SET_PDEATHSIG), so start it from the main thread.
// Cost: some milliseconds, of which this process waits until the program is executed.
#pragma once

#include <linux/filter.h>

#include <csignal>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "nodes/base/clock.hpp"
#include "nodes/base/fd.hpp"

namespace segue::process {

// In the place of a stream's descriptor.
inline constexpr int nothing = -1;    // /dev/null
inline constexpr int ours = -2;       // as this process has it
inline constexpr int as_output = -3;  // of the errors: where the output goes

using Environment = std::vector<std::pair<std::string, std::string>>;

// This process's own, with `more`, which prevails.
Environment environment_with(const Environment& more);

// What the terminal's Ctrl-C is sent to.
enum class Group {
  ours,
  own,      // this process alone decides what becomes of it
  session,  // likewise, and the terminal cannot reach it at all
};

struct Program {
  std::string path;  // of its file; find_program() knows PATH
  std::vector<std::string> arguments;
  std::optional<Environment> environment;  // none: this process's own
  std::string folder;                      // where it starts; empty: where this process is
  int input = nothing;
  int output = ours;
  int errors = ours;
  std::vector<int> inherit;  // descriptors it gets under the same numbers
  Group group = Group::ours;
  int death_signal = SIGKILL;       // what it gets when the thread that starts it ends; 0: it outlives it
  bool fixed_addresses = false;     // no randomisation of its address space
  std::vector<sock_filter> filter;  // of its system calls, and of all that it starts; empty: none
};

// Where PATH has it; empty if it does not.
std::string find_program(const std::string& name);
// Likewise; throws MachineError naming the package that brings it.
std::string require_program(const std::string& name, const std::string& package);

struct Status {
  int code = 0;    // its exit status
  int signal = 0;  // which ended it; 0: none did
  bool success() const noexcept { return code == 0 && signal == 0; }
};
std::string to_text(const Status& status);  // "exit status 1", "ended by signal 9"

// Whether a child of this process has ended; waits for it until then, and leaves it to be collected.
bool ends_by(int pid, Instant until);

class Child {
 public:
  // Throws MachineError naming the program, and what could not be done for it.
  explicit Child(const Program& program);
  ~Child();  // kills it and waits, unless that is done
  Child(Child&& other) noexcept : pid_(other.release()) {}
  Child& operator=(Child&&) = delete;

  int pid() const noexcept { return pid_; }  // -1: it has been waited for, or let go
  void signal(int number) const noexcept;
  Fd watch() const;  // can be read once it has ended
  Status wait();
  std::optional<Status> ended();                              // what wait() would say, if it would not wait
  int release() noexcept { return std::exchange(pid_, -1); }  // its number: it is the caller's to collect

 private:
  int pid_ = -1;
};

}  // namespace segue::process
