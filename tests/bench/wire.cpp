// How well segue-wire keeps time, and how much it carries. Prints a table; compare machines, not runs under load.
//
// The added error of a packet is its one-way time from just before send() to the kernel's receive stamp, less the delay
// asked for: it contains the sender's and the receiver's way through the kernel as well.
#include <fmt/format.h>
#include <linux/net_tstamp.h>
#include <sys/epoll.h>
#include <sys/prctl.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <thread>
#include <vector>

#include "nodes/link/wire_client.hpp"
#include "tests/netns/link/traffic.hpp"

using namespace segue;
using namespace segue::link;
using namespace std::chrono_literals;

namespace {

constexpr std::pair<const char*, EngineKind> kinds[] = {{"TAP", EngineKind::wire},
                                                        {"packet sockets", EngineKind::packet_sockets}};

double us(Delay delay) { return static_cast<double>(delay.count()) / 1e3; }

struct Received {
  std::uint32_t number;
  Instant when;
};

// Blocks for the next packet; the stamp is the kernel's, taken when the packet entered the receiver's stack.
std::optional<Received> receive_stamped(const Fd& fd) {
  std::uint32_t number = 0;
  std::array<char, 2048> payload;
  alignas(cmsghdr) std::array<char, 256> space;
  iovec part{payload.data(), payload.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = space.data();
  message.msg_controllen = space.size();
  if (::recvmsg(fd.get(), &message, 0) < static_cast<ssize_t>(sizeof number)) return std::nullopt;
  std::memcpy(&number, payload.data(), sizeof number);
  Instant when = now();
  for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SO_TIMESTAMPNS) continue;
    timespec stamp;
    std::memcpy(&stamp, CMSG_DATA(c), sizeof stamp);
    when = from_realtime_stamp(stamp);
  }
  return Received{number, when};
}

void measure_error(const char* ends, EngineKind kind, Delay delay, Delay spin) {
  constexpr std::uint32_t count = 5000;
  TwoHosts hosts({.delay = delay}, {.delay = delay}, spin, kind);
  const UdpPair pair(hosts);
  if (!ping(pair, 0)) throw Error("no packet came back");
  hosts.engine->reset_lateness();
  const int on = 1;
  ::setsockopt(pair.b.get(), SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  const timeval patience{2, 0};
  ::setsockopt(pair.b.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  std::vector<Instant> sent(count + 1);
  std::vector<Delay> errors;
  errors.reserve(count);
  std::jthread receiver([&] {
    for (std::uint32_t i = 0; i < count; ++i) {
      const auto packet = receive_stamped(pair.b);
      if (!packet) return;
      errors.push_back(packet->when - sent[packet->number] - delay);
    }
  });
  ::prctl(PR_SET_TIMERSLACK, 1UL);
  Instant next = now() + 1ms;
  for (std::uint32_t i = 1; i <= count; ++i, next += 1ms) {
    const timespec due{to_ns(next) / 1'000'000'000, to_ns(next) % 1'000'000'000};
    ::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, nullptr);
    sent[i] = now();
    send_number(pair.a, i);
  }
  receiver.join();
  std::sort(errors.begin(), errors.end());
  const auto at = [&](double q) { return us(errors[static_cast<std::size_t>(q * double(errors.size() - 1))]); };
  const Histogram lateness = hosts.engine->lateness();
  fmt::print("{:<14} {:>8} {:>8} {:>7} {:>9.1f} {:>9.1f} {:>9.1f} {:>9.1f}   {:>9.1f} {:>9.1f} {:>9.1f}\n", ends,
             to_text(delay), to_text(spin), errors.size(), at(0), at(0.5), at(0.99), at(1), us(lateness.quantile(0.5)),
             us(lateness.quantile(0.99)), us(lateness.max()));
}

double gbits_of_tcp(EngineKind kind, const Impairments& impairments) {
  TwoHosts hosts(impairments, impairments, 50us, kind);
  TcpPair tcp(hosts);
  std::atomic<bool> over = false;
  std::jthread sender([&] {
    const std::vector<std::byte> block(1 << 17);
    while (!over && ::send(tcp.a.get(), block.data(), block.size(), MSG_NOSIGNAL) > 0) continue;
    ::shutdown(tcp.a.get(), SHUT_WR);
  });
  std::vector<std::byte> block(1 << 18);
  std::uint64_t bytes = 0;
  Instant start = now();
  const Instant warm = start + 500ms;
  bool counting = false;
  while (!counting || now() < start + 2s) {
    const ssize_t size = ::recv(tcp.b.get(), block.data(), block.size(), 0);
    if (size <= 0) break;
    if (counting) bytes += static_cast<std::uint64_t>(size);
    if (!counting && now() >= warm) {
      counting = true;
      start = now();
    }
  }
  const double seconds = std::chrono::duration<double>(now() - start).count();
  over = true;
  while (::recv(tcp.b.get(), block.data(), block.size(), 0) > 0) continue;
  return static_cast<double>(bytes) * 8 / seconds / 1e9;
}

void measure_tcp(const char* name, const Impairments& impairments) {
  fmt::print("TCP, {:<31}", name);
  for (const auto& [ends, kind] : kinds) fmt::print("   {:>8.2f} Gbit/s", gbits_of_tcp(kind, impairments));
  fmt::print("\n");
}

void measure_packets(const char* name, const char* ends, EngineKind kind, const Impairments& impairments) {
  TwoHosts hosts(impairments, {}, 0us, kind);
  const UdpPair pair(hosts);
  if (!ping(pair, 0)) throw Error("no packet came back");
  const auto before = hosts.engine->counters(hosts.link, Direction::a_to_b);
  const Instant start = now();
  std::uint32_t sent = 0;
  while (now() < start + 2s) {
    for (int i = 0; i < 64; ++i) sent += send_number(pair.a, sent) ? 1 : 0;
  }
  const auto after = hosts.engine->counters(hosts.link, Direction::a_to_b);
  const double seconds = std::chrono::duration<double>(now() - start).count();
  fmt::print("160-byte UDP, {:<16} {:<14} {:>8.0f} packets/s sent, {:>8.0f} delivered\n", name, ends, sent / seconds,
             static_cast<double>(after.delivered - before.delivered) / seconds);
}

void measure_bring_up(const char* ends, EngineKind kind) {
  constexpr std::size_t nodes = 200;
  std::vector<std::unique_ptr<Host>> hosts;
  for (std::size_t i = 0; i < nodes; ++i) hosts.push_back(std::make_unique<Host>());
  WireProcess process;
  const auto engine =
      make_wire_engine(process.take_control(), kind == EngineKind::wire ? WireEnds::taps : WireEnds::packet_sockets);
  const Instant start = now();
  for (std::size_t i = 0; i + 1 < nodes; ++i) {
    engine->connect({.a = TwoHosts::end(*hosts[i], "right"), .b = TwoHosts::end(*hosts[i + 1], "left")});
  }
  const Instant connected = now();
  engine->settle();
  fmt::print("{} links, {:<14} {:>8.1f} ms, of which waiting for segue-wire {:.1f} ms\n", nodes - 1, ends,
             us(now() - start) / 1e3, us(now() - connected) / 1e3);
}

}  // namespace

int main() {
  try {
    {
      WireProcess process;
      WireClient client(process.take_control());
      const WireStatus status = client.status();
      fmt::print("segue-wire: real-time priority {}, memory locked {}\n", status.realtime ? "yes" : "no",
                 status.memory_locked ? "yes" : "no");
    }
    fmt::print("\none way at 1000 packets/s, added error in us                   segue-wire's own lateness in us\n");
    fmt::print("{:<14} {:>8} {:>8} {:>7} {:>9} {:>9} {:>9} {:>9}   {:>9} {:>9} {:>9}\n", "ends", "delay", "spin",
               "packets", "least", "median", "p99", "max", "median", "p99", "max");
    for (const Delay delay : {Delay{10ms}, Delay{100us}}) {
      for (const Delay spin : {Delay{0us}, Delay{30us}, Delay{60us}, Delay{100us}}) {
        for (const auto& [ends, kind] : kinds) measure_error(ends, kind, delay, spin);
      }
    }
    fmt::print("\n{:<36}   {:>15}   {:>15}\n", "", kinds[0].first, kinds[1].first);
    measure_tcp("0.1 ms", {.delay = 100us});
    measure_tcp("no delay", {});
    measure_tcp("10 ms", {.delay = 10ms});
    measure_tcp("0.1 ms, 10 Gbit/s (per packet)", {.delay = 100us, .rate = {10'000'000'000}});
    for (const auto& [ends, kind] : kinds) {
      measure_packets("no delay", ends, kind, {});
      measure_packets("10 ms", ends, kind, {.delay = 10ms});
      measure_packets("10 ms, 1 % loss", ends, kind, {.delay = 10ms, .loss = {0.01}});
    }
    for (const auto& [ends, kind] : kinds) measure_bring_up(ends, kind);
    return 0;
  } catch (const Error& error) {
    std::fprintf(stderr, "bench_wire: %s\n", error.what());
    return error.exit_code();
  }
}
