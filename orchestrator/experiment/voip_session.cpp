#include <fmt/format.h>

#include <vector>

#include "nodes/base/error.hpp"
#include "orchestrator/experiment/call_account.hpp"
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
    collect();
    const auto window = call_.window_of(account);
    card.uplink = card_of(uplink_.after(window), card.uplink);
    card.downlink = card_of(downlink_.after(window), card.downlink);
  }

  void disregard(Instant begin, Instant end) override {
    uplink_.disregard(call_.window_of(begin, end));
    downlink_.disregard(call_.window_of(begin, end));
  }

  void sample(record::Sample& sample) override {
    sample.with_call = true;
    sample.uplink = uplink_.so_far();
    sample.downlink = downlink_.so_far();
  }

  void stop() override {
    CallRecords up;
    CallRecords down;
    call_.stop(up, down);
    uplink_.add(up);
    downlink_.add(down);
  }

  void finish(record::RunResult& result) override {
    stop();
    result.uplink = uplink_.whole();
    result.downlink = downlink_.whole();
    result.uplink_packets = rows(uplink_.records());
    result.downlink_packets = rows(downlink_.records());
  }

 private:
  void collect() {
    CallRecords up;
    CallRecords down;
    call_.collect(up, down);
    uplink_.add(up);
    downlink_.add(down);
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
  CallAccount uplink_;
  CallAccount downlink_;
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

Address probed_address(const config::Topology& topology, std::size_t node, Family family) {
  if (const auto address = config::address_of(topology.nodes[node], family)) return *address;
  throw InputError(fmt::format("{}: a probe over IPv4, and node {} has no IPv4 address; addressing.ipv4 would give one",
                               topology.name, topology.nodes[node].name));
}

}  // namespace segue::experiment
