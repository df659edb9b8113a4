#include "orchestrator/experiment/call.hpp"

#include <algorithm>

#include "nodes/probe/emodel.hpp"

namespace segue::experiment {

namespace {

// Dynamic (RFC 6335), and none that Linux gives to clients; media players have 5004.
constexpr std::uint16_t port = 61204;
constexpr Delay head_start{50'000'000};
constexpr Delay slack{100'000'000};  // for packets the emulator delivers late

// The numbers of a call's two flows: no other call of this lab has them, so that what is left of the one before is not
// taken for this one's.
Call::Numbers next_numbers() {
  static std::uint32_t last = 0;
  const std::uint32_t first = last + 1;
  last += 2;
  return {first, last};
}

protocol::StartCall start(const Address& local, const Address& remote, std::uint32_t flow, std::uint32_t remote_flow,
                          Instant first) {
  return {.local = local,
          .remote = remote,
          .port = port,
          .interval_ns = voip_interval.count(),
          .payload = voip_payload,
          .flow = flow,
          .remote_flow = remote_flow,
          .first_ns = to_ns(first)};
}

}  // namespace

Delay voip_settling_time(Delay one_way) { return 2 * one_way + voip_interval + slack; }

Call::Call(lab::Lab& lab, const ProbeEnds& ends)
    : lab_(lab), ends_(ends), numbers_(next_numbers()), origin_(now() + head_start) {
  const Address mobile = probed_address(lab.topology(), ends.mobile, ends.family);
  const Address correspondent = probed_address(lab.topology(), ends.correspondent, ends.family);
  // The two ways are half an interval apart, so that a handover does not meet both at the same phase.
  const auto [uplink, downlink] = numbers_;
  lab.crew().ask_all(
      {{ends.mobile, start(mobile, correspondent, uplink, downlink, origin_)},
       {ends.correspondent, start(correspondent, mobile, downlink, uplink, origin_ + voip_interval / 2)}});
}

probe::Window Call::window_of(const Account& account) const {
  probe::Window window = window_of(account.started, end_of(account));
  window.end_ns = std::max(window.end_ns, to_ns(account.started + account.expectation.settled + voip_interval));
  return window;
}

probe::Window Call::window_of(Instant begin, Instant end) const {
  return {to_ns(begin - ends_.longest_way - voip_interval), to_ns(end + ends_.longest_way + voip_interval)};
}

void Call::collect(CallRecords& uplink, CallRecords& downlink, bool stop_sending) {
  take(ends_.mobile, stop_sending, uplink.sent, downlink.received);
  take(ends_.correspondent, stop_sending, downlink.sent, uplink.received);
}

void Call::take(std::size_t node, bool stop_sending, std::vector<probe::Sent>& sent,
                std::vector<probe::Received>& received) {
  for (bool more = true; more;) {
    const auto records = lab_.crew().ask_for<protocol::CallRecords>(node, protocol::CollectCall{stop_sending});
    for (const auto& packet : records.sent) sent.push_back({packet.sequence, packet.sent_ns});
    for (const auto& packet : records.received) {
      received.push_back({packet.sequence, packet.sent_ns, packet.received_ns});
    }
    more = records.more;
  }
}

record::DirectionScore card_of(const probe::FlowScore& score, const record::DirectionScore& before) {
  record::DirectionScore card = before;
  card.sent = score.sent;
  card.lost = score.lost;
  card.duplicated = score.duplicated;
  card.reordered = score.reordered;
  card.late = score.late;
  card.interruption_ns = score.interruption_ns;
  card.delay_p50_ns = score.delay_p50_ns;
  card.delay_max_ns = score.delay_max_ns;
  return card;
}

record::FlowTotals totals_of(const probe::FlowScore& score) {
  const auto quality = probe::voice_quality(Delay(score.delay_p50_ns), score.miss_ratio(), score.burst_ratio);
  return {.sent = score.sent,
          .lost = score.lost,
          .duplicated = score.duplicated,
          .reordered = score.reordered,
          .late = score.late,
          .delay_mean_ns = score.delay_mean_ns,
          .delay_p99_ns = score.delay_p99_ns,
          .jitter_ns = score.jitter_ns,
          .r_factor = quality.r,
          .mos = quality.mos};
}

}  // namespace segue::experiment
