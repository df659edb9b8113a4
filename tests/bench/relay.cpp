// What a relay carries, and what it adds to a packet's delay: left - router - right, with the relay at the router in a
// process of its own. Prints a table; compare machines, not runs under load.
//
// The added delay is that between a packet's sending and the kernel's stamp at the receiver, beside that without a relay in
// the way, whose own is printed in the first row of each rate. Where packets are held, that is the most of it.
#include "nodes/relay/relay.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <functional>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

#include "nodes/base/error.hpp"
#include "nodes/base/message.hpp"
#include "nodes/base/pipe.hpp"
#include "nodes/netlink/address.hpp"
#include "nodes/netlink/interface.hpp"
#include "nodes/netlink/netns.hpp"
#include "nodes/netlink/route.hpp"
#include "nodes/netlink/settle.hpp"
#include "nodes/netlink/sysctl.hpp"

using namespace segue;
using namespace segue::netlink;
using namespace std::chrono_literals;

namespace {

constexpr const char* data_address = "fd00:d::1";
constexpr std::size_t payload = 1000;
constexpr std::size_t frame = payload + 14 + 40 + 8;
constexpr Delay measured = 2s;
constexpr std::uint32_t held_table = 3000;
constexpr std::uint32_t copies_table = 7000;

struct Host {
  Host() {
    const Enter inside = Enter::fresh(space);
    socket.emplace();
    write_sysctl("net/ipv6/conf/all/forwarding", "1");
    for (const char* scope : {"all", "default"}) {
      write_sysctl(std::string("net/ipv6/conf/") + scope + "/accept_dad", "0");
    }
    socket->perform(set_up(loopback_index));
  }
  template <typename Work>
  auto inside(Work work) {
    const Enter guard(space);
    return work();
  }
  void replace(const Route& route) {
    inside([&] { socket->perform(replace_route(route)); });
  }

  Namespace space;
  std::optional<Socket> socket;
};

void connect(Host& near, const std::string& near_name, const std::string& near_address, Host& far,
             const std::string& far_name, const std::string& far_address) {
  near.socket->perform(create_veth({.near = {.name = near_name}, .far = {.name = far_name, .space = far.space.fd()}}));
  far.socket->perform(set_up(far_name));
  near.socket->perform(add_address(find_interface(*near.socket, near_name)->index, parse_prefix(near_address)));
  far.socket->perform(add_address(find_interface(*far.socket, far_name)->index, parse_prefix(far_address)));
  near.inside(settle);
  far.inside(settle);
}

sockaddr_in6 name_of(const char* address, std::uint16_t port) {
  sockaddr_in6 name{};
  name.sin6_family = AF_INET6;
  name.sin6_port = htons(port);
  std::memcpy(&name.sin6_addr, parse_address(address).bytes.data(), 16);
  return name;
}

Fd udp(Host& host, const char* address) {
  return host.inside([&] {
    Fd fd(check(::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0), "open a UDP socket"));
    const auto name = name_of(address, 7000);
    check(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name), "bind");
    const int on = 1;
    const int space = 64 << 20;
    check(::setsockopt(fd.get(), SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on), "ask for time stamps");
    ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, &space, sizeof space);
    const timeval patience{0, 500'000};
    ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return fd;
  });
}

// Copies go to `other`, which has the same address.
struct Road {
  Road() {
    connect(left, "router", "fd00:1::1/64", router, "left", "fd00:1::2/64");
    connect(router, "right", "fd00:2::1/64", right, "router", "fd00:2::2/64");
    connect(router, "other", "fd00:3::1/64", other, "router", "fd00:3::2/64");
    for (Host* end : {&right, &other}) {
      end->socket->perform(add_address(loopback_index, parse_prefix("fd00:d::1/128")));
      end->inside(settle);
    }
    left.replace({.destination = Prefix{}, .via = parse_address("fd00:1::2"), .device = "router"});
    const Prefix data = parse_prefix("fd00:d::1/128");
    router.replace({.destination = data, .via = parse_address("fd00:2::2"), .device = "right"});
    from = udp(left, "fd00:1::1");
    to = udp(right, data_address);
  }

  Host left;
  Host router;
  Host right;
  Host other;
  Fd from;
  Fd to;
};

protocol::Buffer buffer() {
  const Prefix data = parse_prefix("fd00:d::1/128");
  protocol::Buffer buffer{.device = "hold.0", .mtu = 65535, .mark = 7, .copy_mark = 9, .addresses = {data.address}};
  buffer.rules = {{.mark = 7, .table = 254, .priority = 890},
                  {.mark = 9, .table = copies_table, .priority = 890},
                  {.to = data, .table = held_table, .priority = 900}};
  buffer.into = {{.destination = data, .device = buffer.device, .table = held_table}};
  buffer.past = {{.destination = data, .type = RouteType::throw_, .table = held_table}};
  return buffer;
}

enum class Work { none, window, bicast, delayed, hold };

// In a child, as it is in an agent: until it is killed.
class RelayProcess {
 public:
  RelayProcess(Road& road, Work work) {
    if (work == Work::none) return;
    Pipe ready = make_pipe();
    child_ = check(::fork(), "fork");
    if (child_ != 0) {
      ready.write.reset();
      char word = 0;
      if (::read(ready.read.get(), &word, 1) != 1) throw Error("start a relay: it ended at once");
      return;
    }
    try {
      serve(road, work, ready.write);
    } catch (const std::exception& error) {
      fmt::print(stderr, "{}\n", error.what());
    }
    ::_exit(1);
  }
  ~RelayProcess() {
    if (child_ <= 0) return;
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }
  RelayProcess(const RelayProcess&) = delete;
  RelayProcess& operator=(const RelayProcess&) = delete;

 private:
  static void serve(Road& road, Work work, const Fd& ready) {
    ::prctl(PR_SET_TIMERSLACK, 1UL);
    const Enter inside(road.router.space);
    const auto what = buffer();
    Socket socket;
    Loop loop;
    relay::Relay relay(
        loop, socket, what, [](const auto&) {}, [](Instant, Instant) {});
    const auto into = [&] { return std::vector{replace_route(what.into[0])}; };
    const auto past = [&] { return std::vector{replace_route(what.past[0])}; };
    const Route second{.destination = parse_prefix("fd00:d::1/128"),
                       .via = parse_address("fd00:3::2"),
                       .device = "other",
                       .table = copies_table};
    if (work == Work::window) relay.open_window(into(), 60ms);
    if (work == Work::bicast) relay.bicast({replace_route(second)}, into(), 0ns);
    if (work == Work::delayed) relay.bicast({replace_route(second)}, into(), 20ms);
    bool holds = false;
    std::function<void()> turn = [&] {
      holds ? relay.release(past(), 0) : relay.hold(into(), 1'000'000, false);
      holds = !holds;
      loop.after(50ms, turn);
    };
    if (work == Work::hold) turn();
    if (::write(ready.get(), "!", 1) != 1) throw Error("tell that a relay is ready");
    loop.run();
  }

  pid_t child_ = 0;
};

struct Result {
  std::uint64_t sent = 0;
  std::vector<Delay> delays;  // of those that arrived
  double seconds = 0;
};

// `rate`: bits a second on the link; 0: as fast as it goes.
Result measure(const Road& road, double rate) {
  Result result;
  std::atomic<bool> heard = false;
  std::jthread receiver([&] {
    const struct Told {  // or the receiver has lost its patience
      std::atomic<bool>& heard;
      ~Told() {
        heard = true;
        heard.notify_all();
      }
    } told{heard};
    std::array<char, payload> bytes;
    for (;;) {
      alignas(cmsghdr) std::array<char, 64> control{};
      iovec part{bytes.data(), bytes.size()};
      msghdr message{};
      message.msg_iov = &part;
      message.msg_iovlen = 1;
      message.msg_control = control.data();
      message.msg_controllen = control.size();
      if (::recvmsg(road.to.get(), &message, 0) < 0) return;  // nothing for as long as it has patience
      std::int64_t sent_ns = 0;
      std::memcpy(&sent_ns, bytes.data(), sizeof sent_ns);
      heard = true;
      heard.notify_all();
      if (sent_ns != 0) result.delays.push_back(arrival_of(message) - from_ns(sent_ns));
    }
  });
  const auto to = name_of(data_address, 7000);
  std::array<char, payload> bytes{};
  const auto send = [&](std::int64_t stamp) {
    std::memcpy(bytes.data(), &stamp, sizeof stamp);
    return ::sendto(road.from.get(), bytes.data(), bytes.size(), 0, reinterpret_cast<const sockaddr*>(&to), sizeof to);
  };
  send(0);
  heard.wait(false);  // neighbours are known
  ::prctl(PR_SET_TIMERSLACK, 1UL);
  const Instant begin = now();
  const Delay interval(rate > 0 ? static_cast<std::int64_t>(frame * 8 * 1e9 / rate) : 0);
  for (Instant next = begin; now() < begin + measured; next += interval) {
    if (rate > 0) {
      const timespec due{to_ns(next) / 1'000'000'000, to_ns(next) % 1'000'000'000};
      ::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, nullptr);
    }
    if (send(to_ns(now())) > 0) ++result.sent;
  }
  result.seconds = std::chrono::duration<double>(now() - begin).count();
  receiver.join();
  std::sort(result.delays.begin(), result.delays.end());
  return result;
}

double us_at(const std::vector<Delay>& delays, double share) {
  if (delays.empty()) return 0;
  return static_cast<double>(delays[static_cast<std::size_t>(share * static_cast<double>(delays.size() - 1))].count()) /
         1e3;
}

}  // namespace

int main() {
  constexpr std::array<std::pair<const char*, Work>, 5> works{{{"no relay", Work::none},
                                                               {"window of 60 ms", Work::window},
                                                               {"bicast", Work::bicast},
                                                               {"bicast delayed 20 ms", Work::delayed},
                                                               {"hold 50 ms, pass 50 ms", Work::hold}}};
  constexpr std::array<std::pair<const char*, double>, 3> rates{
      {{"5 Mbit/s", 5e6}, {"100 Mbit/s", 1e8}, {"flat out", 0}}};
  fmt::print("{} bytes a packet\n{:<12} {:<24} {:>10} {:>10} {:>8}   {:>10} {:>10}\n", payload, "rate", "relay",
             "sent/s", "arrived/s", "lost", "median", "99 %");
  for (const auto& [rate_name, rate] : rates) {
    std::optional<std::array<double, 2>> without;
    for (const auto& [name, work] : works) {
      Road road;
      const RelayProcess relay(road, work);
      const Result result = measure(road, rate);
      const std::array<double, 2> delay{us_at(result.delays, 0.5), us_at(result.delays, 0.99)};
      const std::array<double, 2> base = without.value_or(std::array<double, 2>{});
      if (!without) without = delay;
      const auto arrived = static_cast<double>(result.delays.size());
      fmt::print("{:<12} {:<24} {:>10.0f} {:>10.0f} {:>8}   {:>+7.1f} us {:>+7.1f} us\n", rate_name, name,
                 static_cast<double>(result.sent) / result.seconds, arrived / result.seconds,
                 result.sent - result.delays.size(), delay[0] - base[0], delay[1] - base[1]);
      std::fflush(stdout);
    }
  }
}
