// A segue-wire process, two namespaces and a cable between them.
#pragma once

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "nodes/base/error.hpp"
#include "nodes/base/fd.hpp"
#include "nodes/base/ip.hpp"
#include "nodes/link/engine.hpp"
#include "nodes/netlink/address.hpp"
#include "nodes/netlink/interface.hpp"
#include "nodes/netlink/netns.hpp"
#include "nodes/netlink/settle.hpp"
#include "nodes/netlink/socket.hpp"

namespace segue::link {

inline std::string wire_program() {
  return (std::filesystem::read_symlink("/proc/self/exe").parent_path() / "../bin/segue-wire").string();
}

// Started with `control` as its end of the control socket, and with this process as its parent.
inline pid_t start_wire(Fd control, Delay spin) {
  const std::string program = wire_program();
  const std::string fd = std::to_string(control.get());
  const std::string parent = std::to_string(::getpid());
  const std::string spin_ns = std::to_string(spin.count());
  const pid_t pid = check(::fork(), "start segue-wire");
  if (pid == 0) {
    ::execl(program.c_str(), "segue-wire", "--control", fd.c_str(), "--parent", parent.c_str(), "--spin",
            spin_ns.c_str(), nullptr);
    ::_exit(127);
  }
  return pid;
}

inline std::pair<Fd, Fd> control_pair() {
  std::array<int, 2> fds{};
  check(::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds.data()), "create a control socket");
  ::fcntl(fds[0], F_SETFD, FD_CLOEXEC);
  return {Fd(fds[0]), Fd(fds[1])};
}

class WireProcess {
 public:
  explicit WireProcess(Delay spin = Delay{0}) {
    auto [near, far] = control_pair();
    control_ = std::move(near);
    pid_ = start_wire(std::move(far), spin);
  }
  WireProcess(const WireProcess&) = delete;
  WireProcess& operator=(const WireProcess&) = delete;
  // The control socket's other end must be closed by then.
  ~WireProcess() {
    control_.reset();
    ::waitpid(pid_, nullptr, 0);
  }

  Fd take_control() { return std::move(control_); }
  pid_t pid() const { return pid_; }

 private:
  Fd control_;
  pid_t pid_ = -1;
};

struct Host {
  Host() {
    const netlink::Enter inside = netlink::Enter::fresh(space);
    socket.emplace();
    socket->perform(netlink::set_up(netlink::loopback_index));
  }
  template <typename Work>
  auto inside(Work work) {
    const netlink::Enter guard(space);
    return work();
  }

  netlink::Namespace space;
  std::optional<netlink::Socket> socket;
};

enum class EngineKind { wire, packet_sockets, netem };  // wire: over TAPs

// Two hosts with a cable: 10.0.0.1 on eth-a, 10.0.0.2 on eth-b.
class TwoHosts {
 public:
  TwoHosts(const Impairments& a_to_b, const Impairments& b_to_a, Delay spin = Delay{0},
           EngineKind kind = EngineKind::wire) {
    if (kind == EngineKind::netem) {
      engine = make_netem_engine();
    } else {
      wire.emplace(spin);
      engine =
          make_wire_engine(wire->take_control(), kind == EngineKind::wire ? WireEnds::taps : WireEnds::packet_sockets);
    }
    link = engine->connect(
        {.name = "a-b", .a = end(a, "eth-a"), .b = end(b, "eth-b"), .a_to_b = a_to_b, .b_to_a = b_to_a});
    engine->settle();
    give(a, "eth-a", "10.0.0.1/24");
    give(b, "eth-b", "10.0.0.2/24");
  }

  static End end(Host& host, const std::string& interface) {
    return {.namespace_fd = host.space.fd(), .socket = &*host.socket, .interface = interface};
  }
  static void give(Host& host, const std::string& interface, const std::string& address) {
    const auto found = netlink::find_interface(*host.socket, interface);
    if (!found) throw Error("no interface " + interface);
    host.socket->perform(netlink::add_address(found->index, parse_prefix(address)));
    host.inside(netlink::settle);
  }

  std::optional<WireProcess> wire;
  Host a;
  Host b;
  std::unique_ptr<Engine> engine;
  LinkId link{};
};

}  // namespace segue::link
