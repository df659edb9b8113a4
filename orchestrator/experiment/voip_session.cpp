#include <vector>

#include "nodes/base/error.hpp"
#include "orchestrator/experiment/call.hpp"
#include "orchestrator/experiment/probe_session.hpp"

namespace segue::experiment {

namespace {

// Keeps every packet: a run's results have them all.
class VoipSession : public ProbeSession {
 public:
  VoipSession(lab::Lab& lab, const ProbeEnds& ends) : call_(lab, ends) {}

  Instant origin() const override { return call_.origin(); }
  Delay settling_time() const override { return call_.settling_time(); }

  void after_handover(const Account& account, record::Scorecard& card) override {
    call_.collect(uplink_, downlink_);
    windows_.push_back(call_.window_of(account));
    card.uplink = card_of(attribute(uplink_).windows.back(), card.uplink.expected_lost);
    card.downlink = card_of(attribute(downlink_).windows.back(), card.downlink.expected_lost);
  }

  void disregard(Instant begin, Instant end) override { windows_.push_back(call_.window_of(begin, end)); }

  void sample(record::Sample& sample) override {
    sample.with_call = true;
    sample.uplink = totals(uplink_);
    sample.downlink = totals(downlink_);
  }

  void stop() override { call_.stop(uplink_, downlink_); }

  void finish(record::RunResult& result) override {
    stop();
    result.uplink = totals(uplink_);
    result.downlink = totals(downlink_);
    result.uplink_packets = rows(uplink_);
    result.downlink_packets = rows(downlink_);
  }

 private:
  probe::Attribution attribute(const CallRecords& records) const {
    return probe::attribute(records.sent, records.received, windows_);
  }

  record::FlowTotals totals(const CallRecords& records) const {
    record::FlowTotals totals = totals_of(probe::score(records.sent, records.received));
    totals.lost_outside = attribute(records).outside.lost;
    return totals;
  }

  std::vector<record::ProbePacket> rows(const CallRecords& records) const {
    std::vector<record::ProbePacket> packets;
    packets.reserve(records.sent.size());
    for (const auto& packet : records.sent) {
      packets.push_back({packet.sequence, packet.sent_ns - to_ns(call_.origin()), 0});
    }
    for (const auto& packet : records.received) {
      if (packet.sequence >= packets.size()) continue;
      auto& row = packets[packet.sequence];
      if (row.received_ns == 0) row.received_ns = packet.received_ns - to_ns(call_.origin());
    }
    return packets;
  }

  Call call_;
  CallRecords uplink_;
  CallRecords downlink_;
  std::vector<probe::Window> windows_;
};

}  // namespace

std::unique_ptr<ProbeSession> start_voip(lab::Lab& lab, const ProbeEnds& ends) {
  return std::make_unique<VoipSession>(lab, ends);
}

std::size_t correspondent_of(const config::Topology& topology) {
  for (std::size_t node = 0; node < topology.nodes.size(); ++node) {
    if (topology.nodes[node].role == config::Role::correspondent) return node;
  }
  throw InputError(topology.name + ": a probe needs a node with role \"correspondent\"");
}

}  // namespace segue::experiment
