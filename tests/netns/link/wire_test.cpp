// segue-wire on the real kernel: its process, TAPs, two namespaces.
#include <doctest/doctest.h>
#include <sys/prctl.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <thread>

#include "nodes/link/wire_client.hpp"
#include "nodes/netlink/tap.hpp"
#include "tests/netns/link/traffic.hpp"

using namespace segue;
using namespace segue::link;
using namespace std::chrono_literals;

namespace {

void passes_whole_where_nothing_is_decided(EngineKind kind) {
  TwoHosts hosts({.delay = 100us}, {.delay = 100us}, 0ns, kind);
  const auto reads = [&] { return hosts.engine->counters(hosts.link, Direction::a_to_b); };
  constexpr std::uint64_t bytes = 64 << 20;
  {
    TcpPair tcp(hosts);
    CHECK(bulk(tcp, bytes) == bytes);
  }
  const auto whole = reads();
  CHECK(whole.bytes < bytes * 101 / 100);  // one set of headers for many packets' worth
  CHECK(whole.packets > bytes / 1460);

  hosts.engine->change(hosts.link, Direction::a_to_b, {.delay = 100us, .rate = {2'000'000'000}});
  hosts.engine->settle();
  {
    TcpPair tcp(hosts, 6001);
    CHECK(bulk(tcp, bytes) == bytes);
  }
  const auto single = reads();
  CHECK(single.bytes - whole.bytes > bytes * 103 / 100);  // headers on every packet

  hosts.engine->change(hosts.link, Direction::a_to_b, {.delay = 100us});
  hosts.engine->settle();
  {
    TcpPair tcp(hosts, 6002);
    CHECK(bulk(tcp, bytes) == bytes);
  }
  CHECK(reads().bytes - single.bytes < bytes * 101 / 100);
}

}  // namespace

TEST_CASE("ten milliseconds each way make a round trip of twenty, and hardly more") {
  TwoHosts hosts({.delay = 10ms}, {.delay = 10ms}, 50us);
  const UdpPair udp(hosts);
  REQUIRE(ping(udp, 0).has_value());  // neighbours are resolved
  std::vector<Delay> trips;
  for (std::uint32_t i = 1; i <= 50; ++i) {
    const auto trip = ping(udp, i);
    REQUIRE(trip.has_value());
    CHECK(*trip >= 20ms);
    trips.push_back(*trip);
  }
  // The best of fifty, and what it takes to wake those on its way: how late the others are is the bench's to say.
  CHECK(*std::min_element(trips.begin(), trips.end()) <= 20ms + slack());
  CHECK(hosts.engine->lateness().count() >= 100);
}

TEST_CASE("a change takes effect at once and loses nothing of what is in flight") {
  TwoHosts hosts({.delay = 1ms}, {.delay = 1ms});
  const UdpPair udp(hosts);
  REQUIRE(ping(udp, 0).has_value());
  constexpr std::uint32_t count = 600;
  for (std::uint32_t i = 0; i < count; ++i) {
    // Ever longer, so that the order stays; each change meets the packets of the delay before it.
    hosts.engine->change(hosts.link, Direction::a_to_b, {.delay = 50ms + i * 100us});
    hosts.engine->settle();
    REQUIRE(send_number(udp.a, i));
  }
  for (std::uint32_t i = 0; i < count; ++i) CHECK(receive_number(udp.b, 2s) == i);
  CHECK(hosts.engine->read_back(hosts.link, Direction::a_to_b).delay == 50ms + (count - 1) * 100us);
  const auto trip = ping(udp, count);
  REQUIRE(trip.has_value());
  CHECK(*trip >= 50ms + (count - 1) * 100us + 1ms);
}

TEST_CASE("a loss of one percent loses one percent, and says which") {
  constexpr int count = 20'000;
  TwoHosts hosts({.delay = 1ms}, {});
  const UdpPair udp(hosts);
  REQUIRE(ping(udp, 0).has_value());
  hosts.engine->change(hosts.link, Direction::a_to_b, {.delay = 1ms, .loss = {0.01}, .seed = 11});
  hosts.engine->settle();
  int received = 0;
  for (std::uint32_t i = 0; i < count; i += 100) {
    for (std::uint32_t k = 0; k < 100; ++k) REQUIRE(send_number(udp.a, i + k));
    while (receive_number(udp.b, 5ms)) ++received;
  }
  while (receive_number(udp.b, patience)) ++received;
  const int lost = count - received;
  CHECK(std::abs(lost - 200) < 4 * std::sqrt(count * 0.01 * 0.99));
  // The host has words of its own to say (a neighbour's address, a group it is in), which may be lost too.
  const auto losses = hosts.engine->losses();
  const auto ours = [](const LossEvent& event) { return event.length == 160 + 8 + 20 + 14; };
  CHECK(std::count_if(losses.begin(), losses.end(), ours) == lost);
  CHECK(hosts.engine->counters(hosts.link, Direction::a_to_b).lost == losses.size());
  CHECK(
      std::all_of(losses.begin(), losses.end(), [](const LossEvent& event) { return event.cause == LossCause::loss; }));
}

TEST_CASE("TCP passes in whole segments where packets need no decision, and in packets where they do") {
  SUBCASE("over TAPs") { passes_whole_where_nothing_is_decided(EngineKind::wire); }
  SUBCASE("over packet sockets") { passes_whole_where_nothing_is_decided(EngineKind::packet_sockets); }
}

TEST_CASE("a rate holds TCP to itself") {
  TwoHosts hosts({.delay = 1ms, .rate = {50'000'000}, .queue_limit = 100}, {.delay = 1ms});
  TcpPair tcp(hosts);
  constexpr std::uint64_t bytes = 4 << 20;
  const Instant start = now();
  CHECK(bulk(tcp, bytes) == bytes);
  const double seconds = std::chrono::duration<double>(now() - start).count();
  const double rate = bytes * 8 / seconds;
  CHECK(rate < 50e6);
  CHECK(rate > 40e6);
}

TEST_CASE("corruption is caught by the receiver's checksum, and a copy of every packet arrives twice") {
  TwoHosts hosts({}, {});
  const UdpPair udp(hosts);
  REQUIRE(ping(udp, 0).has_value());
  hosts.engine->change(hosts.link, Direction::a_to_b, {.duplicate = {1}});
  hosts.engine->settle();
  REQUIRE(send_number(udp.a, 1));
  CHECK(receive_number(udp.b, 2s) == 1);
  CHECK(receive_number(udp.b, 2s) == 1);
  hosts.engine->change(hosts.link, Direction::a_to_b, {.corrupt = {1}, .seed = 3});
  hosts.engine->settle();
  for (std::uint32_t i = 2; i < 102; ++i) REQUIRE(send_number(udp.a, i, 1400));
  // No checksum covers the Ethernet addresses: a packet with a bit of its sender's changed arrives.
  int arrived = 0;
  while (const auto number = receive_number(udp.b, 50ms)) {
    CHECK(*number < 102);
    ++arrived;
  }
  CHECK(arrived <= 5);
  CHECK(hosts.engine->counters(hosts.link, Direction::a_to_b).corrupted >= 100);
}

TEST_CASE("an interface that is deleted under segue-wire does not keep it busy") {
  Host a;
  Host b;
  WireProcess process;
  WireClient client(process.take_control());
  Fd tap_a = a.inside([] { return netlink::open_tap("eth-a"); });
  Fd tap_b = b.inside([] { return netlink::open_tap("eth-b"); });
  client.add_link(1, tap_a.get(), tap_b.get(), {}, {});
  client.settle();
  tap_a.reset();
  tap_b.reset();
  a.socket->perform(netlink::delete_interface("eth-a"));
  const auto loops = client.status().loops;
  for (int i = 0; i < 10; ++i) client.status();
  CHECK(client.status().loops - loops <= 13);
  client.remove_link(1);
  client.settle();
  CHECK_FALSE(netlink::find_interface(*b.socket, "eth-b").has_value());
}

TEST_CASE("when its client closes, segue-wire ends and its interfaces go") {
  Host a;
  Host b;
  pid_t pid = -1;
  {
    auto [near, far] = control_pair();
    pid = start_wire(std::move(far), Delay{0});
    const auto engine = make_wire_engine(std::move(near));
    engine->connect({.a = TwoHosts::end(a, "eth-a"), .b = TwoHosts::end(b, "eth-b")});
    engine->settle();
    CHECK(netlink::find_interface(*a.socket, "eth-a").has_value());
  }
  int status = -1;
  CHECK(::waitpid(pid, &status, 0) == pid);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  CHECK_FALSE(netlink::find_interface(*a.socket, "eth-a").has_value());
  CHECK_FALSE(netlink::find_interface(*b.socket, "eth-b").has_value());
}

TEST_CASE("when the parent is killed, segue-wire and the interfaces die with it") {
  Host a;
  Host b;
  // Whoever loses its parent comes to this process, so that its end can be waited for.
  REQUIRE(::prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
  std::array<int, 2> ready{};
  REQUIRE(::pipe2(ready.data(), O_CLOEXEC) == 0);
  const Fd read_end(ready[0]);
  Fd write_end(ready[1]);
  const pid_t parent = ::fork();
  REQUIRE(parent >= 0);
  if (parent == 0) {
    auto [near, far] = control_pair();
    const pid_t wire = start_wire(std::move(far), Delay{0});
    const auto engine = make_wire_engine(std::move(near));
    engine->connect({.a = TwoHosts::end(a, "eth-a"), .b = TwoHosts::end(b, "eth-b")});
    engine->settle();
    if (::write(write_end.get(), &wire, sizeof wire) != sizeof wire) ::_exit(1);
    for (;;) ::pause();
  }
  write_end.reset();
  pid_t wire = -1;
  REQUIRE(::read(read_end.get(), &wire, sizeof wire) == static_cast<ssize_t>(sizeof wire));
  CHECK(netlink::find_interface(*a.socket, "eth-a").has_value());
  REQUIRE(::kill(parent, SIGKILL) == 0);
  CHECK(::waitpid(parent, nullptr, 0) == parent);
  CHECK(::waitpid(wire, nullptr, 0) == wire);
  CHECK_FALSE(netlink::find_interface(*a.socket, "eth-a").has_value());
  CHECK_FALSE(netlink::find_interface(*b.socket, "eth-b").has_value());
  ::prctl(PR_SET_CHILD_SUBREAPER, 0);
}

TEST_CASE("segue-wire refuses arguments it does not know, and says what it is") {
  for (const char* option : {"--control", "--spam"}) {
    const pid_t pid = ::fork();
    REQUIRE(pid >= 0);
    if (pid == 0) {
      ::close(STDERR_FILENO);
      ::execl(wire_program().c_str(), "segue-wire", option, "x", nullptr);
      ::_exit(127);
    }
    int status = -1;
    REQUIRE(::waitpid(pid, &status, 0) == pid);
    CHECK(WEXITSTATUS(status) == 2);
  }
}
