// Network namespaces without names: each is held by a descriptor, and the kernel takes it down, with every interface in
// it, when the last descriptor, socket and process of it is gone. Nothing is ever left in /run/netns.
//
// Threading: a namespace belongs to a thread. Enter moves the calling thread and nothing else.
// Cost: creating takes 0.3 to 0.5 ms (the kernel's own work), entering and returning a few microseconds.
#pragma once

#include "nodes/base/fd.hpp"

namespace segue::netlink {

class Namespace {
 public:
  Namespace() = default;  // none
  explicit Namespace(Fd fd) noexcept : fd_(std::move(fd)) {}

  // A new namespace, with nothing in it but a loopback interface that is down. The calling thread stays where it is.
  // Throws MachineError if the privilege is missing.
  static Namespace create();
  static Namespace current();  // the calling thread's

  int fd() const noexcept { return fd_.get(); }
  explicit operator bool() const noexcept { return static_cast<bool>(fd_); }

 private:
  Fd fd_;
};

// Moves the calling thread into a namespace, and back at the end of the scope. Aborts if it cannot go back: a thread
// that does not know where it is would change the host.
class [[nodiscard]] Enter {
 public:
  explicit Enter(int fd);
  explicit Enter(const Namespace& space) : Enter(space.fd()) {}
  ~Enter();
  Enter(const Enter&) = delete;
  Enter& operator=(const Enter&) = delete;

  // Creates a namespace and stays in it, so that bringing a node up changes namespaces twice and not four times:
  //   Namespace space;
  //   const Enter inside = Enter::fresh(space);
  static Enter fresh(Namespace& space);

 private:
  struct Fresh {};
  Enter(Fresh, Namespace& space);

  Namespace home_;
};

}  // namespace segue::netlink
