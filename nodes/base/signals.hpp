// Signals that are read from a descriptor and do not strike.
//
// They are blocked in the calling thread, and so in the threads and the children it starts from then on: whoever starts
// a program gives it its mask back.
#pragma once

#include <signal.h>

#include <initializer_list>

#include "nodes/base/fd.hpp"

namespace segue {

// Can be read once one of them has come; does not block. For a program that takes them to its end.
Fd watch_signals(std::initializer_list<int> signals);

// The same for a time: the mask is afterwards what it was.
class WatchedSignals {
 public:
  explicit WatchedSignals(std::initializer_list<int> signals);
  ~WatchedSignals();
  WatchedSignals(const WatchedSignals&) = delete;
  WatchedSignals& operator=(const WatchedSignals&) = delete;

  int fd() const noexcept { return fd_.get(); }
  unsigned take() const;  // the number of the next one; 0: none has come

 private:
  sigset_t before_{};
  Fd fd_;
};

}  // namespace segue
