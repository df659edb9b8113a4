// Impairments in netem's terms, and back.
//
// Where the terms differ:
//   queue limit  netem's limit counts every packet it holds, also those that are merely under way. So delay and rate
//                are two netems, one below the other: that at the root holds what is under way, and its limit is out of
//                reach; that below it sends what is due, and its limit counts what waits for that. wire has the same
//                order (delay_line.hpp).
//   jitter       netem reorders when the delay varies, unless there is a rate: with one, no packet is due before the
//                one ahead of it. So the netem at the root gets one so high that it takes no time.
//   reorder      gap 1: each packet is decided on its own. What netem reorders it sends past the netem below it, and so
//                past the rate: both together on one link are refused.
//   seed         one for each direction of each link (direction_seed); 0 leaves the choice to the kernel.
#pragma once

#include <cstdint>
#include <optional>

#include "nodes/link/impairment.hpp"
#include "nodes/link/loss_event.hpp"
#include "nodes/netlink/netem.hpp"

namespace segue::link {

struct NetemPlace {
  std::uint32_t link = 0;
  Direction direction = Direction::a_to_b;
};

struct NetemTerms {
  netlink::Netem root;
  std::optional<netlink::Netem> below;  // if there is a rate
};

// Throws InputError for what netem cannot do.
NetemTerms to_netem(const Impairments& wanted, const NetemPlace& place);

// In the place of one below that is not wanted any more: what waits there keeps its time, and the rest does not wait.
netlink::Netem pass_on();

// What is in force, from what the kernel tells. It does not tell the shape of the jitter, nor is there a queue limit
// without a rate: those are taken from what was asked for, and so is a seed that the kernel confirms.
Impairments from_netem(const NetemTerms& found, const Impairments& asked, const NetemPlace& place);

}  // namespace segue::link
