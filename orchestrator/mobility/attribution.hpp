// Where each packet went: what its nodes have seen of it, put together.
//
// A packet is somewhere from one sighting to the next: at a node (it began there, it came, a buffer sent it on), in a
// buffer, or on a link. Every sighting takes up such a stay and begins another; a stay that none takes up is where a copy
// of the packet ended. The one that ended last is what a lost packet is put down to.
//
// That a link lost it, or that a buffer dropped it, is seen. What a node drops for its routes no kernel tells; but which
// routes it had at that moment is known by when the handover's actions were done, and what they mean is written once
// (forwarding.hpp). So a packet that ends at a node ends there for what that node did by then; if by that it should have
// gone on, and nothing explains that it has not, its cause is unknown.
//
// Pure functions. Times are from the start of the handover whose passage is asked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "nodes/protocol/sighting.hpp"
#include "orchestrator/mobility/passage.hpp"
#include "orchestrator/record/words.hpp"

namespace segue::mobility {

struct Seen {
  Nanoseconds when{0};
  protocol::Sighting::Kind kind = protocol::Sighting::Kind::came;
  std::size_t node = config::npos;
  std::size_t link = config::npos;       // that it came or left by, or should have left by; npos: in a buffer
  std::size_t tunnel_to = config::npos;  // whose end of a tunnel the outermost header names; npos: it is in none
  std::uint8_t hop_limit = 64;           // of the outermost header
  std::uint8_t inner_hops = 64;          // of the innermost one
};

// A node, or a link in the direction in which it leaves that node.
struct Site {
  std::size_t node = config::npos;
  std::size_t link = config::npos;  // npos: the node itself
  friend bool operator==(const Site&, const Site&) = default;
};
std::string to_text(const Site& site, const config::Topology& topology);  // "ar1", "map>ar1"

// One copy's end.
struct Ending {
  record::Cause cause = record::Cause::unknown;
  Site site;
  Nanoseconds when{0};
};

struct Trace {
  std::optional<Ending> last;     // of the copies that did not arrive the one that ended last
  std::optional<Site> held;       // the last buffer that it waited in
  std::optional<Site> copied;     // where it first became two
  std::optional<Site> forwarded;  // the access router that led it to another one
};

// Why a link did not deliver a packet that was seen to leave for it at that time, if anybody knows.
using LinkWitness = std::function<std::optional<record::Cause>(const Site&, Nanoseconds left)>;

struct Packet {
  Passage::Direction direction = Passage::Direction::uplink;
  std::size_t from = config::npos;  // where it began
  std::size_t to = config::npos;
  Nanoseconds sent{0};
  bool arrived = false;  // as its receiver says
};

class Attribution {
 public:
  // All of it must outlive this. `passage`: what the nodes did, as measured.
  Attribution(const Geography& geography, const Passage& passage, std::size_t mobile, LinkWitness witness = {})
      : geography_(geography), passage_(passage), mobile_(mobile), witness_(std::move(witness)) {}

  Trace trace(const Packet& packet, std::span<const Seen> seen) const;

 private:
  struct Stay;
  class Matching;
  Ending end_of(const Packet& packet, const Stay& stay) const;
  Ending end_at_node(const Packet& packet, const Stay& stay) const;
  std::optional<record::Cause> cause_at(const Packet& packet, const Stay& stay, Nanoseconds when, Site& site) const;
  record::Cause dropped_at(std::size_t node, Passage::Direction direction, Nanoseconds when) const;
  bool may_be_damaged() const;

  Geography geography_;
  const Passage& passage_;
  std::size_t mobile_;
  LinkWitness witness_;
};

}  // namespace segue::mobility
