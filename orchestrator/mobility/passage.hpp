// The way of data packets through a network whose routes for one mobile change under them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "nodes/base/clock.hpp"
#include "orchestrator/config/mechanism.hpp"
#include "orchestrator/config/routes.hpp"
#include "orchestrator/config/topology.hpp"

namespace segue::mobility {

// What a node does with the mobile's data; without an action it routes it as any packet.
struct DataRoute {
  bool set = false;
  config::RouteVerb verb = config::RouteVerb::off;
  std::size_t target = config::npos;
};

// The data routes of every node over time, from the start of a handover.
class Timeline {
 public:
  using Change = std::pair<Nanoseconds, DataRoute>;

  explicit Timeline(std::size_t nodes);
  void begin_with(std::size_t node, const DataRoute& route) { changes_[node].front().second = route; }
  void add(Nanoseconds when, std::size_t node, const DataRoute& route);  // after what is there of that instant
  const DataRoute& at(std::size_t node, Nanoseconds when) const;
  const std::vector<Change>& of(std::size_t node) const { return changes_[node]; }

 private:
  std::vector<std::vector<Change>> changes_;  // by node, by time; the first holds since ever
};

class Passage {
 public:
  enum class Direction : std::uint8_t { uplink, downlink };

  // Topology and paths must outlive it.
  Passage(const config::Topology& topology, const config::Paths& paths, Timeline timeline, std::size_t mobile,
          std::size_t correspondent)
      : topology_(topology),
        paths_(paths),
        timeline_(std::move(timeline)),
        mobile_(mobile),
        correspondent_(correspondent) {}

  bool arrives(Direction direction, Nanoseconds sent) const;
  // The measure of all send times whose packet does not arrive; max() if that has no beginning or no end.
  Nanoseconds lost(Direction direction) const;

 private:
  struct Move {
    enum class Kind : std::uint8_t { lost, arrived, onwards } kind = Kind::lost;
    std::size_t node = config::npos;
    Delay delay{0};
  };
  struct Search;

  std::size_t origin(Direction direction) const { return direction == Direction::uplink ? mobile_ : correspondent_; }
  Move move(Direction direction, std::size_t node, const DataRoute& route) const;
  Move move_up(std::size_t node, const DataRoute& route) const;
  Move move_down(std::size_t node, const DataRoute& route) const;
  Move hop_towards(std::size_t node, std::size_t target) const;
  Move tunnel_to(std::size_t node, std::size_t target) const;
  std::set<Nanoseconds> breakpoints(Direction direction) const;

  const config::Topology& topology_;
  const config::Paths& paths_;
  Timeline timeline_;
  std::size_t mobile_;
  std::size_t correspondent_;
};

}  // namespace segue::mobility
