#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <span>
#include <vector>

#include "nodes/base/error.hpp"
#include "orchestrator/experiment/call_account.hpp"
#include "orchestrator/experiment/probe_session.hpp"
#include "orchestrator/experiment/whereabouts.hpp"

namespace segue::experiment {

namespace {

using Direction = mobility::Passage::Direction;

// One direction: its packets, and what became of those that are settled.
class Side {
 public:
  Side(Whereabouts& whereabouts, const Call& call, Direction direction)
      : whereabouts_(whereabouts), call_(call), direction_(direction) {}

  void add(const CallRecords& more) {
    account_.add(more);
    recent_.sent.insert(recent_.sent.end(), more.sent.begin(), more.sent.end());
    recent_.received.insert(recent_.received.end(), more.received.begin(), more.received.end());
  }
  void disregard(const probe::Window& window) { account_.disregard(window); }

  // All that was sent before the window's end is settled by then.
  record::DirectionScore after(const probe::Window& window, const record::DirectionScore& before) {
    const auto scores = probe::attribute(recent_.sent, recent_.received, std::span(&window, 1));
    settle(scores.packets, window.end_ns);
    record::DirectionScore card = card_of(account_.after(window), before);
    std::vector<record::PacketFate> fates;
    for (std::size_t i = 0; i < scores.packets.size(); ++i) {
      if (scores.packets[i].window) fates.push_back(fates_.at(recent_.sent[i].sequence));
    }
    card.missed = missed_of(fates);
    forget_before(window.begin_ns - memory_ns);
    return card;
  }

  record::FlowTotals so_far() const {
    record::FlowTotals totals = account_.so_far();
    totals.missed = missed_;
    return totals;
  }

  record::FlowTotals whole() {
    settle(probe::attribute(recent_.sent, recent_.received, {}).packets, std::numeric_limits<std::int64_t>::max());
    record::FlowTotals totals = account_.whole();
    totals.missed = missed_;
    return totals;
  }

  std::vector<record::ProbePacket> rows() const {
    std::vector<record::ProbePacket> packets;
    const auto& records = account_.records();
    packets.reserve(records.sent.size());
    for (const auto& packet : records.sent) {
      packets.push_back({packet.sequence, packet.sent_ns - to_ns(call_.origin()), 0, fates_.at(packet.sequence)});
    }
    for (const auto& packet : records.received) {
      if (packet.sequence >= packets.size()) continue;
      auto& row = packets[packet.sequence];
      if (row.received_ns == 0) row.received_ns = packet.received_ns - to_ns(call_.origin());
    }
    return packets;
  }

 private:
  // Of packets outside of handovers that arrived in time and order there is nothing to ask.
  void settle(const std::vector<probe::PacketScore>& scores, std::int64_t until_ns) {
    const auto& sent = recent_.sent;
    std::vector<Whereabouts::Wanted> wanted;
    std::uint64_t next = fates_.size();
    for (std::size_t i = 0; i < sent.size() && sent[i].sent_ns < until_ns; ++i) {
      if (sent[i].sequence < fates_.size()) continue;
      next = sent[i].sequence + 1;
      const auto& score = scores[i];
      const bool remarkable = !score.arrived || score.late || score.reordered;
      if (remarkable || score.window) {
        wanted.push_back({sent[i].sequence, sent[i].sent_ns, score.arrived, score.late, score.reordered});
      }
    }
    fates_.resize(next);
    const auto found = whereabouts_.find(call_.numbers(), direction_, wanted, forget_);
    for (std::size_t i = 0; i < found.size(); ++i) fates_[wanted[i].sequence] = found[i];
    experiment::add(missed_, missed_of(found));
    if (until_ns != std::numeric_limits<std::int64_t>::max()) forget_ = from_ns(until_ns);
  }

  void forget_before(std::int64_t ns) {
    const auto is_past = [ns](const auto& packet) { return packet.sent_ns < ns; };
    std::erase_if(recent_.sent, is_past);
    std::erase_if(recent_.received, is_past);
  }

  // Whether a packet came late or out of order is told by those before it.
  static constexpr std::int64_t memory_ns = 2'000'000'000;

  Whereabouts& whereabouts_;
  const Call& call_;
  Direction direction_;
  CallAccount account_;
  CallRecords recent_;                     // what is not settled, and what came shortly before
  std::vector<record::PacketFate> fates_;  // of settled packets, by their numbers
  std::vector<record::Missed> missed_;     // of them
  Instant forget_{};                       // what nobody will ask for
};

// Keeps every packet: a run's results have them all.
class VoipSession : public ProbeSession {
 public:
  VoipSession(lab::Lab& lab, const ProbeEnds& ends) : whereabouts_(lab, ends), call_(lab, ends) {}

  Instant origin() const override { return call_.origin(); }
  Delay settling_time() const override { return call_.settling_time(); }

  void after_handover(const Account& account, record::Scorecard& card) override {
    collect(false);
    const auto window = call_.window_of(account);
    whereabouts_.handover(account, std::min(window.begin_ns, disregarded_ns_));
    disregarded_ns_ = std::numeric_limits<std::int64_t>::max();
    card.uplink = uplink_.after(window, card.uplink);
    card.downlink = downlink_.after(window, card.downlink);
  }

  // From then on the nodes do what they do before the next handover.
  void disregard(Instant begin, Instant end) override {
    const auto window = call_.window_of(begin, end);
    uplink_.disregard(window);
    downlink_.disregard(window);
    disregarded_ns_ = window.begin_ns;
  }

  void sample(record::Sample& sample) override {
    sample.with_call = true;
    sample.uplink = uplink_.so_far();
    sample.downlink = downlink_.so_far();
  }

  void stop() override { collect(true); }

  void finish(record::RunResult& result) override {
    stop();
    result.uplink = uplink_.whole();
    result.downlink = downlink_.whole();
    result.uplink_packets = uplink_.rows();
    result.downlink_packets = downlink_.rows();
  }

 private:
  void collect(bool stop_sending) {
    CallRecords up;
    CallRecords down;
    if (stop_sending) {
      call_.stop(up, down);
    } else {
      call_.collect(up, down);
    }
    uplink_.add(up);
    downlink_.add(down);
  }

  Whereabouts whereabouts_;
  Call call_;
  Side uplink_{whereabouts_, call_, Direction::uplink};
  Side downlink_{whereabouts_, call_, Direction::downlink};
  std::int64_t disregarded_ns_ = std::numeric_limits<std::int64_t>::max();
};

}  // namespace

std::unique_ptr<ProbeSession> start_voip(lab::Lab& lab, const ProbeEnds& ends) {
  return std::make_unique<VoipSession>(lab, ends);
}

std::size_t correspondent_of(const config::Topology& topology) {
  const std::size_t first = config::first_correspondent(topology);
  if (first != config::npos) return first;
  throw InputError(topology.name + ": a probe needs a node with role \"correspondent\"");
}

Address probed_address(const config::Topology& topology, std::size_t node, Family family) {
  if (const auto address = config::address_of(topology.nodes[node], family)) return *address;
  throw InputError(fmt::format("{}: a probe over IPv4, and node {} has no IPv4 address; addressing.ipv4 would give one",
                               topology.name, topology.nodes[node].name));
}

}  // namespace segue::experiment
