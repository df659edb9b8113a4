// Signals that are read from a descriptor and do not strike.
//
// Those that are watched are blocked in the calling thread, and so in the threads and the children it starts from then
// on: whoever starts a program gives it its mask back.
#pragma once

#include <signal.h>

#include <initializer_list>

#include "nodes/base/clock.hpp"
#include "nodes/base/fd.hpp"

namespace segue {

// Can be read, for ever, once SIGINT or SIGTERM has asked this program to end. A second one of the same kind ends it at
// once. If it has not ended `grace` after the first, whatever it waits for, the kernel ends it (SIGKILL); 0: it may
// take the time it needs. Blocks nothing. Once in a program, and to its end.
Fd asked_to_end(Delay grace = Delay{0});

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
