// Errors that name the attempt, and where the blame lies.
//
// Set-up throws; expected outcomes are values. Each type carries the exit code its cause deserves:
//   Error         something went wrong while doing it            exit 1
//   InputError    what the user gave is wrong                    exit 2
//   MachineError  the machine lacks something; says what to do   exit 3
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace segue {

class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& what, int exit_code = 1) : std::runtime_error(what), exit_code_(exit_code) {}
  int exit_code() const noexcept { return exit_code_; }

 private:
  int exit_code_;
};

class InputError : public Error {
 public:
  explicit InputError(const std::string& what) : Error(what, 2) {}
};

class MachineError : public Error {
 public:
  explicit MachineError(const std::string& what) : Error(what, 3) {}
};

// Throws Error("<attempt>: <strerror(error)>").
[[noreturn]] void throw_errno(std::string_view attempt, int error);
[[noreturn]] void throw_errno(std::string_view attempt);  // with errno

// The one checker for system calls: returns `result`, or throws with errno when it is negative.
template <typename Integer>
Integer check(Integer result, std::string_view attempt) {
  if (result < 0) throw_errno(attempt);
  return result;
}

}  // namespace segue
