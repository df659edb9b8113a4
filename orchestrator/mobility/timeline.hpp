// What every node does with the packets of one mobile node over time, from the start of a handover.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "nodes/base/clock.hpp"
#include "orchestrator/mobility/forwarding.hpp"

namespace segue::mobility {

class Timeline {
 public:
  struct Change {
    Nanoseconds when;
    Conduct conduct;                  // from then on
    std::size_t step = config::npos;  // of the mechanism, that makes it; npos: what its start does, or nobody
    // Copies that a window has of what the mobile had received by then go.
    std::optional<Nanoseconds> forgets{};
  };

  Timeline(const Geography& geography, std::size_t mobile);  // as it is while no mechanism has spoken
  void begin_with(std::size_t node, const Conduct& conduct) { changes_[node].front().conduct = conduct; }
  // After what is there of that instant.
  void add(Nanoseconds when, std::size_t node, const Conduct& conduct, std::size_t step = config::npos,
           std::optional<Nanoseconds> forgets = {});
  const Conduct& at(std::size_t node, Nanoseconds when) const;
  // The end of what `node` holds at `when`, forwarded packets or direct ones, and what it does from then on; nothing: it
  // has no end.
  struct End {
    Nanoseconds when;
    const Conduct* conduct;
    bool discards;
  };
  std::optional<End> end_of_holding(std::size_t node, Nanoseconds when, bool forwarded) const;
  // The change that began it.
  const Change& beginning_of_holding(std::size_t node, Nanoseconds when, bool forwarded) const;
  // When a copy leaves that `node` makes at `when`.
  Nanoseconds copy_leaves(std::size_t node, Nanoseconds when) const;
  // Since when the mobile's radio has been away from a router, as it was at `until`; nothing: it was not.
  std::optional<Nanoseconds> left_at(std::size_t mobile, std::size_t router, Nanoseconds until) const;
  const Conduct& first(std::size_t node) const { return changes_[node].front().conduct; }
  const Conduct& last(std::size_t node) const { return changes_[node].back().conduct; }
  const std::vector<Change>& of(std::size_t node) const { return changes_[node]; }
  // The first change of any node's after that; nothing: there is none.
  std::optional<Nanoseconds> next_change(Nanoseconds after) const;
  std::size_t nodes() const noexcept { return changes_.size(); }

 private:
  std::vector<std::vector<Change>> changes_;  // by node, by time; the first holds since ever
};

// The state while the mobile is attached to `binding.new_router`.
Timeline resting(const Geography& geography, const config::Mechanism& mechanism, const Binding& binding);

// That of a handover whose steps are done by then, each by its place in the mechanism, max() for never; before it the mobile is attached
// to the old router. Throws InputError when the mechanism does not fit the topology.
Timeline timeline_of(const Geography& geography, const config::Mechanism& mechanism, const Binding& binding,
                     const std::vector<Nanoseconds>& done);

// From `when` on the mobile is attached to `binding.new_router`, whatever was before: the handover had failed.
void attach_again(Timeline& timeline, const Geography& geography, const config::Mechanism& mechanism,
                  const Binding& binding, Nanoseconds when);

}  // namespace segue::mobility
