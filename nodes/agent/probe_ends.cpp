#include "nodes/agent/probe_ends.hpp"

#include <algorithm>
#include <iterator>

namespace segue::agent {

namespace {

constexpr std::size_t packets_in_a_message = 20'000;
constexpr std::size_t packets_kept_warm = 4096;

probe::VoipFlow flow_of(const protocol::StartCall& request) {
  return {.local = request.local,
          .remote = request.remote,
          .port = request.port,
          .interval = Delay(request.interval_ns),
          .payload = request.payload,
          .id = request.flow,
          .remote_id = request.remote_flow};
}

probe::IperfOptions options_of(const protocol::StartIperf& request) {
  return {.kind = request.udp ? probe::IperfKind::udp : probe::IperfKind::tcp,
          .local = request.local,
          .remote = request.remote,
          .port = request.port,
          .window = request.window,
          .rate = Rate{request.rate},
          .interval = Delay(request.interval_ns),
          .duration = Delay(request.duration_ns)};
}

// iperf says what it could not do, but not where.
std::string with_the_port(const std::string& failure, const protocol::StartIperf& request) {
  if (failure.find("bind failed") == std::string::npos) return failure;
  return failure + " (port " + std::to_string(request.port) + " of " + to_text(request.local) +
         "; a program has it, and the flow needs it: give the program another one)";
}

// Moves at most `limit` packets from the front of `from` to the end of `to`.
void move_some(std::vector<protocol::CallPacket>& from, std::vector<protocol::CallPacket>& to, std::size_t limit) {
  const auto count = static_cast<std::ptrdiff_t>(std::min(from.size(), limit));
  to.assign(from.begin(), from.begin() + count);
  from.erase(from.begin(), from.begin() + count);
}

}  // namespace

CallEnd::CallEnd(Loop& loop, const protocol::StartCall& request)
    : flow_(flow_of(request)),
      socket_(probe::open_voip_socket(flow_)),
      receiver_(loop, socket_.get(), flow_),
      sender_(loop, socket_.get(), flow_, from_ns(request.first_ns)) {
  receiver_.reserve(packets_kept_warm);
  sender_.reserve(packets_kept_warm);
}

protocol::CallRecords CallEnd::collect(bool stop_sending) {
  if (stop_sending) sender_.stop();
  for (const auto& packet : sender_.records()) pending_.sent.push_back({packet.sequence, packet.sent_ns, 0});
  for (const auto& packet : receiver_.records()) {
    pending_.received.push_back({packet.sequence, packet.sent_ns, packet.received_ns});
  }
  sender_.clear();
  receiver_.clear();
  protocol::CallRecords records;
  move_some(pending_.sent, records.sent, packets_in_a_message);
  move_some(pending_.received, records.received, packets_in_a_message);
  records.more = !pending_.sent.empty() || !pending_.received.empty();
  return records;
}

FlowEnd::FlowEnd(Loop& loop, const protocol::StartIperf& request, std::function<void(const std::string&)> ready) {
  const auto options = options_of(request);
  if (request.server) {
    server_ = std::make_unique<probe::IperfServer>(loop, options, [this, request, ready = std::move(ready)] {
      ready(server_->listening() ? "" : with_the_port(server_->failure(), request));
    });
  } else {
    client_ = std::make_unique<probe::IperfClient>(loop, options, [] {});
    loop.at(now(), [ready = std::move(ready)] { ready(""); });
  }
}

protocol::IperfRecords FlowEnd::collect(bool stop) {
  probe::IperfEnd& end = server_ ? static_cast<probe::IperfEnd&>(*server_) : *client_;
  protocol::IperfRecords records{
      .started_ns = end.started_ns(), .bins = end.take_bins(), .running = end.running(), .failure = end.failure()};
  if (stop) end.stop();
  return records;
}

}  // namespace segue::agent
