// The loop of segue-wire and its control socket, in a thread, over socket pairs that keep packets apart as TAPs do.
#include "nodes/link/wire.hpp"

#include <doctest/doctest.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstring>
#include <limits>
#include <thread>
#include <vector>

#include "nodes/link/random.hpp"
#include "nodes/link/wire_protocol.hpp"

using namespace segue;
using namespace segue::link;
using namespace std::chrono_literals;

namespace {

struct Pair {
  Fd near;
  Fd far;
};

Pair make_pair() {
  std::array<int, 2> fds{};
  check(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds.data()), "create a socket pair");
  return {Fd(fds[0]), Fd(fds[1])};
}

// The loop ends when the client is destroyed, which is before the thread is joined.
struct Running {
  Running() : Running(make_pair()) {}
  explicit Running(Pair pair)
      : thread([fd = pair.far.release()] { Wire(Fd(fd), {}).run(); }),
        raw(pair.near.get()),
        client(std::move(pair.near)) {}
  std::jthread thread;
  int raw;
  WireClient client;
};

struct Cable {
  explicit Cable(WireClient& client, std::uint32_t id, const Impairments& a_to_b, const Impairments& b_to_a = {}) {
    Pair pair_a = make_pair();
    Pair pair_b = make_pair();
    client.add_link(id, pair_a.far.get(), pair_b.far.get(), a_to_b, b_to_a);
    client.settle();
    a = std::move(pair_a.near);
    b = std::move(pair_b.near);
  }
  Fd a;
  Fd b;
};

void send(const Fd& end, std::byte mark, std::size_t size) {
  std::vector<std::byte> frame(vnet_bytes + size, mark);
  std::fill_n(frame.begin(), vnet_bytes, std::byte{0});
  REQUIRE(::send(end.get(), frame.data(), frame.size(), 0) == static_cast<ssize_t>(frame.size()));
}

// The frame, or nothing within `limit`.
std::vector<std::byte> receive(const Fd& end, Delay limit) {
  pollfd ready{end.get(), POLLIN, 0};
  if (::poll(&ready, 1, static_cast<int>(limit / 1ms)) <= 0) return {};
  std::vector<std::byte> frame(1 << 17);
  const ssize_t size = ::recv(end.get(), frame.data(), frame.size(), 0);
  REQUIRE(size > static_cast<ssize_t>(vnet_bytes));
  return {frame.begin() + vnet_bytes, frame.begin() + size};
}

ReplyHeader raw_reply(int fd, std::string& text) {
  std::array<char, 4096> bytes{};
  const ssize_t size = ::recv(fd, bytes.data(), bytes.size(), 0);
  REQUIRE(size >= static_cast<ssize_t>(sizeof(ReplyHeader)));
  ReplyHeader header;
  std::memcpy(&header, bytes.data(), sizeof header);
  text.assign(bytes.data() + sizeof header, bytes.data() + size);
  return header;
}

}  // namespace

TEST_CASE("packets of all sizes cross a link whole, each way, after its delay") {
  Running wire;
  const Cable cable(wire.client, 1, {.delay = 20ms});
  for (const std::size_t size : {60UL, 1514UL, small_slot - vnet_bytes, small_slot - vnet_bytes + 1, 65'000UL}) {
    CAPTURE(size);
    const Instant sent = now();
    send(cable.a, std::byte{0x5a}, size);
    const auto frame = receive(cable.b, 2s);
    CHECK(now() - sent >= 20ms);
    CHECK(frame == std::vector<std::byte>(size, std::byte{0x5a}));
    send(cable.b, std::byte{0x77}, size);
    CHECK(receive(cable.a, 2s) == std::vector<std::byte>(size, std::byte{0x77}));
  }
  const auto counters = wire.client.counters(1, Direction::a_to_b);
  CHECK(counters.packets == 5);
  CHECK(counters.delivered == 5);
  CHECK(wire.client.lateness().count() == 10);
  CHECK(wire.client.turns().count() > 0);
  wire.client.reset_lateness();
  CHECK(wire.client.lateness().count() == 0);
}

TEST_CASE("impairments are read back as they are in force, and a change holds for one direction") {
  Running wire;
  const Impairments there{.delay = 10ms, .jitter = 1ms, .rate = {5'000'000}, .queue_limit = 20, .seed = 8};
  const Impairments back{.delay = 20ms, .loss = {0.25}};
  const Cable cable(wire.client, 9, there, back);
  CHECK(wire.client.read_back(9, Direction::a_to_b) == there);
  CHECK(wire.client.read_back(9, Direction::b_to_a) == back);
  const Impairments other{.delay = 1ms, .duplicate = {0.5}};
  wire.client.change(9, Direction::b_to_a, other);
  CHECK(wire.client.read_back(9, Direction::a_to_b) == there);
  CHECK(wire.client.read_back(9, Direction::b_to_a) == other);
}

TEST_CASE("a change while packets are in flight lets them arrive") {
  Running wire;
  const Cable cable(wire.client, 1, {.delay = 50ms});
  send(cable.a, std::byte{1}, 100);
  wire.client.change(1, Direction::a_to_b, {.loss = {1}});
  wire.client.settle();
  send(cable.a, std::byte{2}, 100);
  CHECK(receive(cable.b, 2s) == std::vector<std::byte>(100, std::byte{1}));
  wire.client.change(1, Direction::a_to_b, {});
  wire.client.settle();
  send(cable.a, std::byte{3}, 100);
  CHECK(receive(cable.b, 2s) == std::vector<std::byte>(100, std::byte{3}));
  CHECK(wire.client.counters(1, Direction::a_to_b).packets == 3);
}

TEST_CASE("losses are told with time, place, cause and length") {
  Running wire;
  const Cable cable(wire.client, 4, {}, {.loss = {1}});
  const Instant before = now();
  send(cable.b, std::byte{1}, 321);
  std::vector<LossEvent> losses;
  while (losses.empty()) losses = wire.client.losses();
  CHECK(losses.size() == 1);
  CHECK(losses[0].when >= before);
  CHECK(losses[0].when <= now());
  CHECK(losses[0].link == 4);
  CHECK(losses[0].direction == Direction::b_to_a);
  CHECK(losses[0].cause == LossCause::loss);
  CHECK(losses[0].length == 321);
}

TEST_CASE("an error of a pipelined request surfaces at the latest when things are settled") {
  Running wire;
  wire.client.change(77, Direction::a_to_b, {});
  CHECK_THROWS_WITH_AS(wire.client.settle(), "change link 77 (forward): there is none with this number", Error);
  wire.client.settle();
  const Cable cable(wire.client, 1, {});
  wire.client.change(1, Direction::a_to_b, {.loss = {7}});
  CHECK_THROWS_WITH_AS(wire.client.read_back(1, Direction::a_to_b), "change link 1 (forward): loss is no probability",
                       Error);
}

TEST_CASE("errors call a link by its name") {
  Running wire;
  wire.client.name_link(1, "map-ar1");
  const Cable cable(wire.client, 1, {});
  wire.client.change(1, Direction::b_to_a, {.delay = 2h});
  CHECK_THROWS_WITH_AS(wire.client.settle(), "change link \"map-ar1\" (backward): delay is not between 0 and an hour",
                       Error);
}

TEST_CASE("what is out of range is refused and leaves the link as it was") {
  Running wire;
  const Cable cable(wire.client, 1, {.delay = 3ms});
  wire.client.change(1, Direction::a_to_b, {.delay = -1ms});
  CHECK_THROWS_AS(wire.client.settle(), Error);
  CHECK(wire.client.read_back(1, Direction::a_to_b).delay == 3ms);
}

TEST_CASE("hundreds of requests in a row neither block nor lose an answer") {
  Running wire;
  const Cable cable(wire.client, 1, {});
  for (int i = 1; i <= 1000; ++i) wire.client.change(1, Direction::a_to_b, {.delay = i * 1us});
  CHECK(wire.client.read_back(1, Direction::a_to_b).delay == 1ms);
}

TEST_CASE("a link that is removed closes its ends and its number can be used again") {
  Running wire;
  const Cable cable(wire.client, 1, {.delay = 10s});
  send(cable.a, std::byte{1}, 100);
  while (wire.client.counters(1, Direction::a_to_b).packets == 0) continue;
  wire.client.remove_link(1);
  wire.client.settle();
  CHECK(wire.client.status().links == 0);
  std::byte none{};
  CHECK(::recv(cable.b.get(), &none, 1, 0) == 0);
  const Cable again(wire.client, 1, {});
  send(again.a, std::byte{2}, 100);
  CHECK(receive(again.b, 2s).size() == 100);
}

TEST_CASE("an end that vanishes neither stops the loop nor keeps it busy") {
  Running wire;
  Cable cable(wire.client, 1, {});
  const Cable other(wire.client, 2, {});
  cable.a.reset();
  send(cable.b, std::byte{1}, 100);
  while (wire.client.counters(1, Direction::b_to_a).dropped == 0) continue;
  CHECK(wire.client.losses().back().cause == LossCause::undelivered);
  const auto loops = wire.client.status().loops;
  send(other.a, std::byte{2}, 100);
  CHECK(receive(other.b, 2s).size() == 100);
  CHECK(wire.client.status().loops - loops < 20);
}

TEST_CASE("messages that are none are refused with a reason, and the loop goes on") {
  Running wire;
  std::string text;
  const std::array<std::byte, 2000> zeros{};
  for (const std::size_t size : {1UL, 7UL, sizeof(Request) - 1, sizeof(Request), sizeof(Request) + 1, 2000UL}) {
    CAPTURE(size);
    REQUIRE(::send(wire.raw, zeros.data(), size, 0) == static_cast<ssize_t>(size));
    CHECK(raw_reply(wire.raw, text).refused == 1);
    CHECK_FALSE(text.empty());
  }
  Request lonely;
  lonely.kind = RequestKind::add_link;
  REQUIRE(::send(wire.raw, &lonely, sizeof lonely, 0) == static_cast<ssize_t>(sizeof lonely));
  CHECK(raw_reply(wire.raw, text).refused == 1);
  CHECK(text == "two descriptors are needed");
  CHECK(wire.client.status().links == 0);
}

TEST_CASE("random bytes of any length get one answer each, and no link") {
  Running wire;
  Random random(1);
  std::string text;
  for (int i = 0; i < 2000; ++i) {
    std::array<std::byte, 2 * sizeof(Request)> bytes;
    for (auto& byte : bytes) byte = static_cast<std::byte>(random.next());
    // Half of them look right up to the version.
    const std::size_t size = i % 2 == 0 ? sizeof(Request) : 1 + random.below(bytes.size());
    if (i % 2 == 0) std::memcpy(bytes.data(), &wire_version, sizeof wire_version);
    REQUIRE(::send(wire.raw, bytes.data(), size, 0) == static_cast<ssize_t>(size));
    CHECK(raw_reply(wire.raw, text).refused == 1);
  }
  CHECK(wire.client.status().links == 0);
}

TEST_CASE("requests with any field out of range are refused") {
  const auto refusal = [](auto spoil) {
    Request request;
    spoil(request);
    std::array<std::byte, sizeof request> bytes;
    std::memcpy(bytes.data(), &request, sizeof request);
    const Parsed parsed = parse_request(bytes);
    CHECK(parsed.request.has_value() == parsed.refusal.empty());
    return parsed.refusal;
  };
  CHECK(refusal([](Request&) {}).empty());
  CHECK(refusal([](Request& r) { r.version = 1; }) == "another version of segue-wire");
  CHECK(refusal([](Request& r) { r.kind = static_cast<RequestKind>(99); }) == "unknown kind of request");
  CHECK(refusal([](Request& r) { r.direction = static_cast<Direction>(2); }) == "unknown direction");
  CHECK_FALSE(refusal([](Request& r) { r.spin = 1s; }).empty());
  CHECK(refusal([](Request& r) { r.a_to_b.loss = {std::numeric_limits<double>::quiet_NaN()}; }) ==
        "loss is no probability");
  CHECK(refusal([](Request& r) { r.b_to_a.corrupt = {-0.1}; }) == "corrupt is no probability");
  CHECK_FALSE(refusal([](Request& r) { r.b_to_a.delay = -1ns; }).empty());
  CHECK_FALSE(refusal([](Request& r) { r.b_to_a.jitter = std::chrono::hours(2); }).empty());
  CHECK_FALSE(refusal([](Request& r) { r.a_to_b.jitter_shape = static_cast<JitterShape>(9); }).empty());
  CHECK_FALSE(refusal([](Request& r) {
                r.a_to_b.rate = {1000};
                r.a_to_b.queue_limit = 0;
              }).empty());
}

TEST_CASE("when segue-wire is gone the client says so") {
  Pair pair = make_pair();
  WireClient client(std::move(pair.near));
  pair.far.reset();
  CHECK_THROWS_AS(client.status(), Error);
}

namespace {

std::atomic<bool> stalled;
std::atomic<bool> released;

// Keeps a thread from what it does, in a signal's handler, as a core that is taken away would.
class Stall {
 public:
  explicit Stall(std::jthread& thread) : begin_(now()) {
    stalled = released = false;
    std::signal(SIGUSR1, [](int) {
      stalled = true;
      while (!released) continue;
    });
    REQUIRE(::pthread_kill(thread.native_handle(), SIGUSR1) == 0);
    while (!stalled) continue;
  }
  ~Stall() { end(); }
  void last(Delay length) const {
    while (now() < begin_ + length) continue;
  }
  void end() { released = true; }

  // Of those, what was due while it lasted 10 ms, and later than half of it.
  std::size_t seen_in(const LateEvents& late) const {
    return static_cast<std::size_t>(std::count_if(late.events.begin(), late.events.end(), [&](const LateEvent& event) {
      return event.due_ns < to_ns(begin_ + 5ms) && event.due_ns + event.late_ns > to_ns(begin_ + 8ms);
    }));
  }

 private:
  Instant begin_;
};

}  // namespace

TEST_CASE("a packet that waited for an engine that attends, and was kept from running, is noted as late") {
  Running wire;
  const Cable cable(wire.client, 1, {.delay = 100ms});
  wire.client.attend(true);
  wire.client.settle();
  Stall stall(wire.thread);
  send(cable.a, std::byte{1}, 100);
  stall.last(10ms);
  stall.end();
  CHECK(receive(cable.b, 2s).size() == 100);
  CHECK(stall.seen_in(wire.client.late().events()) == 1);
}

TEST_CASE("an engine kept from running while no packet came, or that does not attend, notes nothing of it") {
  Running wire;
  const Cable cable(wire.client, 1, {.delay = 100ms});
  for (const bool attends : {true, false}) {
    CAPTURE(attends);
    wire.client.attend(attends);
    wire.client.settle();
    Stall stall(wire.thread);
    if (!attends) send(cable.a, std::byte{1}, 100);
    stall.last(10ms);
    stall.end();
    CHECK(receive(cable.b, 300ms).size() == (attends ? 0 : 100));
    CHECK(stall.seen_in(wire.client.late().events()) == 0);
  }
}

TEST_CASE("an engine wakes up by itself only while it attends") {
  Running wire;
  const auto turns_in_20_ms = [&] {
    const auto before = wire.client.status().loops;
    for (const Instant end = now() + 20ms; now() < end;) continue;
    return wire.client.status().loops - before;
  };
  CHECK(turns_in_20_ms() <= 2);  // the questions' own
  wire.client.attend(true);
  CHECK(turns_in_20_ms() > 2);
}

TEST_CASE("a packet that leaves late is noted with the moment it was due") {
  Running wire;
  const Cable cable(wire.client, 1, {.delay = 100ms});
  send(cable.a, std::byte{1}, 100);
  while (wire.client.counters(1, Direction::a_to_b).packets == 0) continue;
  Stall stall(wire.thread);
  stall.last(130ms);
  stall.end();
  CHECK(receive(cable.b, 2s).size() == 100);
  const LateEvents late = wire.client.late().events();
  CHECK(std::any_of(late.events.begin(), late.events.end(),
                    [](const LateEvent& event) { return Delay(event.late_ns) > 10ms; }));
}
