#include "nodes/netlink/netns.hpp"

#include <fcntl.h>
#include <sched.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "nodes/base/error.hpp"

namespace segue::netlink {
namespace {

void unshare_network() {
  if (::unshare(CLONE_NEWNET) == 0) return;
  if (errno == EPERM) {
    throw MachineError(
        "create a network namespace: Operation not permitted; run as root, or with CAP_SYS_ADMIN and CAP_NET_ADMIN");
  }
  throw_errno("create a network namespace");
}

}  // namespace

Namespace Namespace::current() {
  return Namespace(Fd(check(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC), "open the network namespace")));
}

Namespace Namespace::create() {
  Namespace space;
  const Enter inside = Enter::fresh(space);
  return space;
}

Enter::Enter(int fd) : home_(Namespace::current()) { check(::setns(fd, CLONE_NEWNET), "enter a network namespace"); }

Enter::Enter(Fresh, Namespace& space) : home_(Namespace::current()) {
  unshare_network();
  try {
    space = Namespace::current();
  } catch (...) {
    if (::setns(home_.fd(), CLONE_NEWNET) != 0) std::abort();
    throw;
  }
}

Enter Enter::fresh(Namespace& space) { return Enter(Fresh{}, space); }

Enter::~Enter() {
  if (::setns(home_.fd(), CLONE_NEWNET) == 0) return;
  std::perror("segue: return to the network namespace this thread came from");
  std::abort();
}

}  // namespace segue::netlink
