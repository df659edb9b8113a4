#include "nodes/agent/nursery.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/stat.h>

#include <utility>
#include <variant>

#include "nodes/protocol/channel.hpp"
#include "nodes/protocol/control.hpp"
#include "tests/netns/netlink/place.hpp"

using namespace segue;
using namespace segue::agent;
using netlink::Namespace;
using protocol::Channel;

namespace {

ino_t inode(const char* path) {
  struct stat status {};
  check(::stat(path, &status), path);
  return status.st_ino;
}

ino_t inode(const Namespace& space) {
  struct stat status {};
  check(::fstat(space.fd(), &status), "look at a namespace");
  return status.st_ino;
}

// What is born here says in which namespace it is and who it is, and lives until its channel ends.
[[noreturn]] void live(protocol::Birth birth) {
  Channel channel(std::move(birth.control));
  channel.send(std::to_string(inode("/proc/self/ns/net")));
  channel.send(protocol::encode(birth.node, protocol::Ready{::getpid()}));
  channel.receive();
  ::_exit(3);
}

// A child of this process, in the place of `segue-node`.
struct Nursery {
  Nursery() {
    auto [ours, theirs] = Channel::pair();
    pid = check(::fork(), "fork");
    if (pid == 0) {
      ours.release().reset();
      auto birth = tend(theirs.release());
      if (birth) live(std::move(*birth));
      ::_exit(0);
    }
    channel = std::move(ours);
  }
  Channel channel{Fd()};
  pid_t pid = -1;
};

int status_of(pid_t pid) {
  int status = -1;
  CHECK(::waitpid(pid, &status, 0) == pid);
  return status;
}

int pid_in(const std::optional<std::string>& message) {
  REQUIRE(message);
  return std::get<protocol::Ready>(protocol::decode_report(*message).second).pid;
}

}  // namespace

TEST_CASE("agents are born into their namespaces as children of the orchestrator, each with its own channel") {
  Nursery nursery;
  std::vector<std::pair<Channel, pid_t>> agents;
  for (std::uint32_t node = 0; node < 3; ++node) {
    const Namespace space = Namespace::create();
    auto [ours, theirs] = Channel::pair();
    protocol::ask_for(nursery.channel.fd(), node, theirs.fd(), space.fd());
    theirs.release().reset();
    CHECK(ours.receive() == std::to_string(inode(space)));
    const auto message = ours.receive();
    CHECK(protocol::decode_report(*message).first == node);
    agents.emplace_back(std::move(ours), pid_in(message));
  }
  nursery.channel.release().reset();
  CHECK(status_of(nursery.pid) == 0);
  // The one that was born first goes first: none of those after it keeps its channel open.
  for (auto& [channel, pid] : agents) {
    CHECK(::getpgid(pid) == ::getpgrp());
    channel.release().reset();
    CHECK(WEXITSTATUS(status_of(pid)) == 3);
  }
}

TEST_CASE("an agent that cannot enter its namespace says so on its channel, and the next one is born") {
  Nursery nursery;
  const Namespace space = Namespace::create();
  auto [ours, theirs] = Channel::pair();
  protocol::ask_for(nursery.channel.fd(), 1, theirs.fd(), theirs.fd());
  theirs.release().reset();
  const auto message = ours.receive();
  REQUIRE(message);
  const auto report = protocol::decode_report(*message).second;
  CHECK(std::get<protocol::Failed>(report).what == "enter the node's network namespace: Invalid argument");
  CHECK_FALSE(ours.receive());
  auto [next, its] = Channel::pair();
  protocol::ask_for(nursery.channel.fd(), 2, its.fd(), space.fd());
  its.release().reset();
  CHECK(next.receive());
  const int pid = pid_in(next.receive());
  next.release().reset();
  nursery.channel.release().reset();
  CHECK(WEXITSTATUS(status_of(pid)) == 3);
  CHECK(status_of(nursery.pid) == 0);
  CHECK(::waitpid(-1, nullptr, 0) > 0);  // the one that could not
}

TEST_CASE("agents die with the orchestrator") {
  auto [ours, theirs] = Channel::pair();
  const pid_t orchestrator = check(::fork(), "fork");
  if (orchestrator == 0) {
    const Namespace space = Namespace::create();
    Nursery nursery;
    protocol::ask_for(nursery.channel.fd(), 0, theirs.fd(), space.fd());
    for (;;) ::pause();
  }
  theirs.release().reset();
  CHECK(ours.receive());
  CHECK(ours.receive());
  ::kill(orchestrator, SIGKILL);
  CHECK(WTERMSIG(status_of(orchestrator)) == SIGKILL);
  pollfd end{ours.fd(), POLLIN, 0};
  REQUIRE(::poll(&end, 1, 5000) == 1);
  CHECK_FALSE(ours.receive());  // nobody holds the other end any more
}
