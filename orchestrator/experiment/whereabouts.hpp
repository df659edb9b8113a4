// Where the packets of a call went: its nodes are asked what they saw of those that somebody missed, or that a handover
// concerns.
//
// Cost: nobody is asked while packets are under way, and of most packets nobody is asked at all. Errors: as a crew's.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/experiment/call.hpp"
#include "orchestrator/mobility/attribution.hpp"

namespace segue::experiment {

class Whereabouts {
 public:
  using Direction = mobility::Passage::Direction;

  // From now on nodes between the ends of the call, and those that the mobile may be led over, look for its packets.
  Whereabouts(lab::Lab& lab, const ProbeEnds& ends);

  // What the nodes did in a handover holds for packets that are sent from `begin_ns` on, until the next one is told.
  void handover(const Account& account, std::int64_t begin_ns);

  struct Wanted {
    std::uint64_t sequence = 0;
    std::int64_t sent_ns = 0;
    bool arrived = false;
    bool late = false;
    bool reordered = false;
  };
  // The card of a handover's packets, with what was missed of them; `before` is what is known of it besides.
  record::DirectionScore card_of(const Call::Numbers& numbers, Direction direction, std::span<const probe::Sent> sent,
                                 const probe::Attribution& scores, const record::DirectionScore& before);

  // In their order. `numbers` are those of the call. What was seen for the last time before `forget` may be forgotten.
  std::vector<record::PacketFate> find(const Call::Numbers& numbers, Direction direction,
                                       std::span<const Wanted> wanted, Instant forget);

 private:
  struct Epoch {
    std::int64_t begin_ns;
    Instant started;
    mobility::Passage passage;
  };

  const Epoch* epoch_of(std::int64_t sent_ns) const;
  mobility::Seen seen_by(std::size_t node, const protocol::Sighting& sighting, Instant started) const;
  std::optional<record::Cause> told_by_engine(const mobility::Site& site, Instant left) const;
  std::size_t end_of_tunnel(const protocol::Sighting& sighting) const;
  record::PacketFate fate_of(Direction direction, const Wanted& packet,
                             std::span<const std::pair<std::size_t, protocol::Sighting>> sightings) const;

  lab::Lab& lab_;
  ProbeEnds ends_;
  std::vector<std::size_t> lookouts_;
  std::map<std::pair<std::size_t, std::string>, std::size_t> links_;  // by node and interface
  std::deque<Epoch> epochs_;
  std::vector<link::LossEvent> losses_;  // the most recent, of an engine that tells them
};

// What was missed of these, most first.
std::vector<record::Missed> missed_of(std::span<const record::PacketFate> fates);
void add(std::vector<record::Missed>& sum, std::span<const record::Missed> more);

}  // namespace segue::experiment
