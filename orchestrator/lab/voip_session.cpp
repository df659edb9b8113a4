#include <algorithm>
#include <cmath>
#include <vector>

#include "nodes/base/error.hpp"
#include "nodes/probe/emodel.hpp"
#include "orchestrator/lab/probe_session.hpp"

namespace segue::lab {

namespace {

constexpr std::uint16_t port = 5004;
constexpr std::uint16_t payload = 160;  // bytes: G.711, 20 ms
constexpr Delay head_start{50'000'000};
constexpr Delay slack{100'000'000};  // for packets the emulator delivers late

// One direction: what was sent at one end and received at the other.
struct Direction {
  std::vector<probe::Sent> sent;
  std::vector<probe::Received> received;
};

class VoipSession : public ProbeSession {
 public:
  VoipSession(Lab& lab, const ProbeEnds& ends) : lab_(lab), ends_(ends), origin_(now() + head_start) {
    const auto& nodes = lab.topology().nodes;
    const Address& mobile = nodes[ends.mobile].address;
    const Address& correspondent = nodes[ends.correspondent].address;
    // The two ways are half an interval apart, so that a handover does not meet both at the same phase.
    lab.crew().ask_all({{ends.mobile, start(mobile, correspondent, 1, origin_)},
                        {ends.correspondent, start(correspondent, mobile, 2, origin_ + voip_interval / 2)}});
    one_way_ = lab.geography().paths.delay(ends.mobile, ends.correspondent);
  }

  Instant origin() const override { return origin_; }
  Delay settling_time() const override { return voip_settling_time(one_way_); }

  void after_handover(const Account& account, Scorecard& card) override {
    collect(false);
    // What was under way when the handover began may be lost by it, and so may what meets its end.
    const Instant end = account.completion ? account.started + *account.completion : account.ended;
    windows_.push_back({to_ns(account.started - one_way_ - voip_interval), to_ns(end + one_way_ + voip_interval)});
    fill(probe::attribute(uplink_.sent, uplink_.received, windows_).windows.back(), card.uplink);
    fill(probe::attribute(downlink_.sent, downlink_.received, windows_).windows.back(), card.downlink);
  }

  void sample(Sample& sample) override {
    sample.uplink = totals(uplink_);
    sample.downlink = totals(downlink_);
  }

  void stop() override { collect(true); }

  void finish(RunResult& result) override {
    collect(true);
    result.uplink = totals(uplink_);
    result.downlink = totals(downlink_);
    result.uplink_packets = rows(uplink_);
    result.downlink_packets = rows(downlink_);
  }

 private:
  static protocol::StartCall start(const Address& local, const Address& remote, std::uint32_t flow, Instant first) {
    return {.local = local,
            .remote = remote,
            .port = port,
            .interval_ns = voip_interval.count(),
            .payload = payload,
            .flow = flow,
            .first_ns = to_ns(first)};
  }

  void collect(bool stop_sending) {
    take(ends_.mobile, stop_sending, uplink_.sent, downlink_.received);
    take(ends_.correspondent, stop_sending, downlink_.sent, uplink_.received);
  }

  void take(std::size_t node, bool stop_sending, std::vector<probe::Sent>& sent,
            std::vector<probe::Received>& received) {
    for (bool more = true; more;) {
      const auto records = lab_.crew().ask_for<protocol::CallRecords>(node, protocol::CollectCall{stop_sending});
      for (const auto& packet : records.sent) sent.push_back({packet.sequence, packet.sent_ns, 0});
      for (const auto& packet : records.received) {
        received.push_back({packet.sequence, packet.sent_ns, packet.received_ns});
      }
      more = records.more;
    }
  }

  static void fill(const probe::FlowScore& score, DirectionScore& card) {
    card.sent = score.sent;
    card.lost = score.lost;
    card.duplicated = score.duplicated;
    card.reordered = score.reordered;
    card.late = score.late;
    card.interruption_ns = score.interruption_ns;
    card.delay_p50_ns = score.delay_p50_ns;
    card.delay_max_ns = score.delay_max_ns;
  }

  FlowTotals totals(const Direction& direction) const {
    const auto all = probe::score(direction.sent, direction.received);
    const auto quality = probe::voice_quality(Delay(all.delay_p50_ns), all.miss_ratio(), all.burst_ratio);
    return {.sent = all.sent,
            .lost = all.lost,
            .lost_outside = probe::attribute(direction.sent, direction.received, windows_).outside.lost,
            .duplicated = all.duplicated,
            .reordered = all.reordered,
            .late = all.late,
            .delay_mean_ns = all.delay_mean_ns,
            .delay_p99_ns = all.delay_p99_ns,
            .jitter_ns = all.jitter_ns,
            .r_factor = quality.r,
            .mos = quality.mos};
  }

  std::vector<ProbePacket> rows(const Direction& direction) const {
    std::vector<ProbePacket> packets;
    packets.reserve(direction.sent.size());
    for (const auto& packet : direction.sent) {
      packets.push_back({packet.sequence, packet.sent_ns - to_ns(origin_), 0});
    }
    for (const auto& packet : direction.received) {
      if (packet.sequence >= packets.size()) continue;
      auto& row = packets[packet.sequence];
      if (row.received_ns == 0) row.received_ns = packet.received_ns - to_ns(origin_);
    }
    return packets;
  }

  Lab& lab_;
  ProbeEnds ends_;
  Instant origin_;
  Delay one_way_{0};
  Direction uplink_;
  Direction downlink_;
  std::vector<probe::Window> windows_;
};

}  // namespace

Delay voip_settling_time(Delay one_way) { return 2 * one_way + voip_interval + slack; }

std::unique_ptr<ProbeSession> start_voip(Lab& lab, const ProbeEnds& ends) {
  return std::make_unique<VoipSession>(lab, ends);
}

std::size_t correspondent_of(const config::Topology& topology) {
  for (std::size_t node = 0; node < topology.nodes.size(); ++node) {
    if (topology.nodes[node].role == config::Role::correspondent) return node;
  }
  throw InputError(topology.name + ": a probe needs a node with role \"correspondent\"");
}

}  // namespace segue::lab
