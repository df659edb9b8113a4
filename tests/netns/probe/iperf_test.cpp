#include "nodes/probe/iperf.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>

#include "tests/netns/netlink/place.hpp"

using namespace segue;
using namespace segue::probe;
using namespace std::chrono_literals;
using netlink::Place;

namespace {

constexpr auto client_address = "fd00:1:2:3:4:5:6:a";  // all eight groups: iperf also reads "address:port"
constexpr auto server_address = "fd00:1:2:3:4:5:6:b";

struct Pair {
  Pair() { connect(near, "far", "fd00:1:2:3:4:5:6:a/64", far, "near", "fd00:1:2:3:4:5:6:b/64"); }
  Place near;
  Place far;
};

IperfOptions server_options(IperfKind kind) {
  return {.kind = kind, .local = parse_address(server_address), .interval = 250ms};
}

IperfOptions client_options(IperfKind kind, Delay duration) {
  return {.kind = kind,
          .local = parse_address(client_address),
          .remote = parse_address(server_address),
          .interval = 250ms,
          .duration = duration};
}

// A flow from `near` to `far`, started the moment the server says that it listens.
struct Flow {
  Flow(Pair& pair, IperfKind kind, Delay duration) {
    server = pair.far.inside([&] {
      return std::make_unique<IperfServer>(loop, server_options(kind), [this, &pair, kind, duration] {
        REQUIRE(server->listening());
        client = pair.near.inside([&] {
          return std::make_unique<IperfClient>(loop, client_options(kind, duration), [this] { loop.stop(); });
        });
      });
    });
    loop.after(30s, [this] { loop.stop(); });
  }

  Loop loop;
  std::unique_ptr<IperfServer> server;
  std::unique_ptr<IperfClient> client;
};

std::int64_t span_of(const std::vector<IperfBin>& bins) {
  return bins.empty() ? 0 : bins.back().t_ns + bins.back().length_ns;
}

double bits_in(const std::vector<IperfBin>& bins) {
  double bits = 0;
  for (const IperfBin& bin : bins) {
    bits += static_cast<double>(bin.bits_per_second) * static_cast<double>(bin.length_ns) / 1e9;
  }
  return bits;
}

}  // namespace

TEST_CASE("a UDP flow of 5 Mbit/s is received at 5 Mbit/s, bin by bin") {
  Pair pair;
  Flow flow(pair, IperfKind::udp, 1s);
  const auto before = to_ns(now());
  flow.loop.run();
  REQUIRE(flow.client);
  CHECK(flow.client->failure().empty());
  CHECK_FALSE(flow.client->running());
  CHECK(flow.server->running());
  for (const IperfEnd* end :
       {static_cast<const IperfEnd*>(flow.client.get()), static_cast<const IperfEnd*>(flow.server.get())}) {
    REQUIRE(end->bins().size() >= 4);
    for (const IperfBin& bin : end->bins()) CHECK(bin.lost == 0);
    const double bits = bits_in(end->bins());
    CHECK(bits / (static_cast<double>(span_of(end->bins())) / 1e9) == doctest::Approx(5e6).epsilon(0.05));
    CHECK(end->started_ns() > before);
    CHECK(end->started_ns() < to_ns(now()) - 900'000'000);
  }
  CHECK(flow.server->bins().front().total > 100);
  CHECK(span_of(flow.client->bins()) >= 1'000'000'000);
  // The server's time ends with the last datagram, a little before the client's. That none of its bins is missing, the
  // datagrams in them say.
  constexpr double datagram = 1450 * 8;
  CHECK(std::lround(bits_in(flow.server->bins()) / datagram) >= std::lround(bits_in(flow.client->bins()) / datagram));
}

TEST_CASE("a TCP flow is received and its summary is not taken for a bin") {
  Pair pair;
  Flow flow(pair, IperfKind::tcp, 1s);
  flow.loop.run();
  REQUIRE(flow.client);
  CHECK(flow.client->failure().empty());
  CHECK(flow.client->bins().size() >= 4);
  CHECK(span_of(flow.client->bins()) >= 1'000'000'000);
  for (const IperfBin& bin : flow.client->bins()) CHECK(bin.length_ns < 500'000'000);  // the summary has 1 s
  REQUIRE(flow.server->bins().size() >= 3);
  for (const IperfBin& bin : flow.server->bins()) CHECK(bin.bits_per_second > 1'000'000);
}

TEST_CASE("a TCP flow outlives a route that is off") {
  Pair pair;
  Flow flow(pair, IperfKind::tcp, 1500ms);
  const netlink::Route off{.destination = host_prefix(parse_address(server_address)),
                           .type = netlink::RouteType::blackhole};
  flow.loop.after(400ms, [&] { pair.near.replace(off); });
  flow.loop.after(700ms, [&] { pair.near.inside([&] { pair.near.perform(netlink::delete_route(off)); }); });
  flow.loop.run();
  REQUIRE(flow.client);
  CHECK(flow.client->failure().empty());
  const auto flows_again = [](const IperfBin& bin) {
    return bin.t_ns > 700'000'000 && bin.bits_per_second > 1'000'000;
  };
  CHECK(std::any_of(flow.client->bins().begin(), flow.client->bins().end(), flows_again));
}

TEST_CASE("a UDP flow ends with the reason when its own kernel refuses a packet") {
  Pair pair;
  Flow flow(pair, IperfKind::udp, 5s);
  const netlink::Route off{.destination = host_prefix(parse_address(server_address)),
                           .type = netlink::RouteType::blackhole};
  flow.loop.after(300ms, [&] { pair.near.replace(off); });
  while (!flow.client || flow.client->failure().empty()) REQUIRE(flow.loop.run_once(10s));
  CHECK(flow.client->failure() == "write failed: Invalid argument");
}

TEST_CASE("a server that cannot have its port says so instead of listening") {
  Pair pair;
  const Fd taken = pair.far.inside([] { return netlink::udp(server_address, 5001); });
  Loop loop;
  std::unique_ptr<IperfServer> server;
  server = pair.far.inside(
      [&] { return std::make_unique<IperfServer>(loop, server_options(IperfKind::udp), [&] { loop.stop(); }); });
  loop.after(30s, [&] { loop.stop(); });
  loop.run();
  CHECK_FALSE(server->listening());
  CHECK(server->failure() == "listener bind failed: Address already in use");
}

TEST_CASE("a client that meets no server ends with the reason") {
  Pair pair;
  Loop loop;
  std::unique_ptr<IperfClient> client;
  client = pair.near.inside(
      [&] { return std::make_unique<IperfClient>(loop, client_options(IperfKind::tcp, 1s), [&] { loop.stop(); }); });
  loop.after(30s, [&] { loop.stop(); });
  loop.run();
  CHECK_FALSE(client->running());
  CHECK(client->failure().find("Connection refused") != std::string::npos);
  CHECK(client->bins().empty());
}

TEST_CASE("an iperf dies with the process that started it, however that one ends") {
  Pair pair;
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  const Fd reading(ends[0]);
  Fd writing(ends[1]);
  const pid_t agent = ::fork();
  REQUIRE(agent >= 0);
  if (agent == 0) {
    pair.far.inside([&] {
      Loop loop;
      IperfServer* made = nullptr;
      IperfServer server(loop, server_options(IperfKind::udp), [&] {
        const int pid = made->pid();
        if (::write(writing.get(), &pid, sizeof pid) != sizeof pid) ::_exit(1);
      });
      made = &server;
      loop.run();
    });
    ::_exit(0);
  }
  writing.reset();
  int pid = 0;
  REQUIRE(::read(reading.get(), &pid, sizeof pid) == sizeof pid);
  const Fd handle(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  REQUIRE(handle);
  ::kill(agent, SIGKILL);
  ::waitpid(agent, nullptr, 0);
  pollfd entry{handle.get(), POLLIN, 0};
  CHECK(::poll(&entry, 1, 5000) == 1);
}
