#include "nodes/link/wire_client.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "nodes/base/descriptors.hpp"
#include "nodes/base/error.hpp"
#include "nodes/link/wire_protocol.hpp"

namespace segue::link {
namespace {

// Answers not yet fetched; so few that segue-wire never finds the socket full.
constexpr std::size_t window = 48;
constexpr std::size_t largest_reply = sizeof(ReplyHeader) + 4096 * sizeof(LossEvent);
static_assert(largest_reply >= sizeof(ReplyHeader) + sizeof(Histogram));

template <typename Value>
Value value_of(const std::vector<std::byte>& payload, const std::string& attempt) {
  if (payload.size() != sizeof(Value)) throw Error(attempt + ": an answer of the wrong size");
  Value value;
  std::memcpy(&value, payload.data(), sizeof value);
  return value;
}

Request make(RequestKind kind, std::uint32_t link = 0, Direction direction = Direction::a_to_b) {
  Request request;
  request.kind = kind;
  request.link = link;
  request.direction = direction;
  return request;
}

}  // namespace

WireClient::WireClient(Fd control) : control_(std::move(control)), answer_(largest_reply) {}

std::string WireClient::name_of(std::uint32_t link) const {
  const auto found = names_.find(link);
  return found == names_.end() ? std::to_string(link) : fmt::format("\"{}\"", found->second);
}

// The directions by what a topology calls them.
std::string WireClient::name_of(std::uint32_t link, Direction direction) const {
  return fmt::format("{} ({})", name_of(link), direction == Direction::a_to_b ? "forward" : "backward");
}

void WireClient::post(Request request, std::string attempt, std::span<const int> descriptors) {
  throw_pending();
  while (outstanding_.size() >= window) take_answer();
  request.sequence = next_++;
  const iovec part{&request, sizeof request};
  if (send_with(control_.get(), {&part, 1}, descriptors) < 0) {
    throw_errno(fmt::format("{}: send to segue-wire", attempt));
  }
  outstanding_.push_back({request.sequence, std::move(attempt)});
}

std::vector<std::byte> WireClient::take_answer() {
  ssize_t size = 0;
  do {
    size = ::recv(control_.get(), answer_.data(), answer_.size(), 0);
  } while (size < 0 && errno == EINTR);
  const auto [sequence, attempt] = std::move(outstanding_.front());
  outstanding_.pop_front();
  if (size < 0) throw_errno(fmt::format("{}: receive from segue-wire", attempt));
  if (size == 0) throw Error(attempt + ": segue-wire is gone");
  ReplyHeader header;
  if (static_cast<std::size_t>(size) < sizeof header) throw Error(attempt + ": an answer too short");
  std::memcpy(&header, answer_.data(), sizeof header);
  const auto* payload = answer_.data() + sizeof header;
  const auto* end = answer_.data() + size;
  if (header.refused != 0) {
    if (pending_error_.empty()) {
      pending_error_ =
          attempt + ": " + std::string(reinterpret_cast<const char*>(payload), reinterpret_cast<const char*>(end));
    }
    return {};
  }
  if (header.version != wire_version || header.sequence != sequence) {
    throw Error(attempt + ": an answer from another version of segue-wire");
  }
  return {payload, end};
}

void WireClient::throw_pending() {
  if (!pending_error_.empty()) throw Error(std::exchange(pending_error_, {}));
}

void WireClient::settle() {
  while (!outstanding_.empty()) take_answer();
  throw_pending();
}

std::vector<std::byte> WireClient::ask(const Request& request, const std::string& attempt) {
  settle();
  post(request, attempt);
  auto payload = take_answer();
  throw_pending();
  return payload;
}

void WireClient::use_packet_sockets(int packets, int segments) {
  post(make(RequestKind::use_packet_sockets), "use packet sockets", std::array{packets, segments});
}

void WireClient::add_link(std::uint32_t link, const std::array<std::uint32_t, 2>& interfaces, const Impairments& a_to_b,
                          const Impairments& b_to_a) {
  Request request = make(RequestKind::add_link, link);
  request.interfaces = interfaces;
  post_link(request, a_to_b, b_to_a, {});
}

void WireClient::add_link(std::uint32_t link, int a, int b, const Impairments& a_to_b, const Impairments& b_to_a) {
  post_link(make(RequestKind::add_link, link), a_to_b, b_to_a, std::array{a, b});
}

void WireClient::post_link(Request request, const Impairments& a_to_b, const Impairments& b_to_a,
                           std::span<const int> descriptors) {
  request.a_to_b = a_to_b;
  request.b_to_a = b_to_a;
  post(request, "add link " + name_of(request.link), descriptors);
}

void WireClient::remove_link(std::uint32_t link) {
  post(make(RequestKind::remove_link, link), "remove link " + name_of(link));
}

void WireClient::change(std::uint32_t link, Direction direction, const Impairments& impairments) {
  Request request = make(RequestKind::change, link, direction);
  (direction == Direction::a_to_b ? request.a_to_b : request.b_to_a) = impairments;
  post(request, "change link " + name_of(link, direction));
}

void WireClient::set_spin(Delay spin) {
  Request request = make(RequestKind::set_spin);
  request.spin = spin;
  post(request, "set the spin of segue-wire");
}

void WireClient::reset_lateness() { post(make(RequestKind::reset_lateness), "reset the lateness of segue-wire"); }

void WireClient::attend(bool on) {
  Request request = make(RequestKind::attend);
  request.on = on ? 1 : 0;
  post(request, "have segue-wire attend");
}

Impairments WireClient::read_back(std::uint32_t link, Direction direction) {
  const auto attempt = "read back link " + name_of(link, direction);
  return value_of<Impairments>(ask(make(RequestKind::read_back, link, direction), attempt), attempt);
}

LinkCounters WireClient::counters(std::uint32_t link, Direction direction) {
  const auto attempt = "read the counters of link " + name_of(link, direction);
  return value_of<LinkCounters>(ask(make(RequestKind::counters, link, direction), attempt), attempt);
}

WireStatus WireClient::status() {
  const std::string attempt = "read the status of segue-wire";
  return value_of<WireStatus>(ask(make(RequestKind::status), attempt), attempt);
}

Histogram WireClient::lateness() {
  const std::string attempt = "read the lateness of segue-wire";
  return value_of<Histogram>(ask(make(RequestKind::lateness), attempt), attempt);
}

Histogram WireClient::turns() {
  const std::string attempt = "read the turns of segue-wire";
  return value_of<Histogram>(ask(make(RequestKind::turns), attempt), attempt);
}

LateLog WireClient::late() {
  const std::string attempt = "read what came late at segue-wire";
  return value_of<LateLog>(ask(make(RequestKind::late), attempt), attempt);
}

std::vector<LossEvent> WireClient::losses() {
  const std::string attempt = "read the losses of segue-wire";
  const auto payload = ask(make(RequestKind::losses), attempt);
  if (payload.size() % sizeof(LossEvent) != 0) throw Error(attempt + ": an answer of the wrong size");
  std::vector<LossEvent> events(payload.size() / sizeof(LossEvent));
  if (!events.empty()) std::memcpy(events.data(), payload.data(), payload.size());
  return events;
}

}  // namespace segue::link
