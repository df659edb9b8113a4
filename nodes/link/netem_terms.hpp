// Impairments in netem's terms, and back.
//
// Where the terms differ:
//   jitter       netem reorders when the delay varies, unless there is a rate: with one, no packet is due before the
//                one ahead of it. So jitter without a rate gets one so high that it takes no time.
//   queue limit  netem's limit counts every packet it holds, also those that are merely delayed. So it is set to the
//                queue limit and what a transmitter sends, in packets of the MTU, while the longest delay lasts.
//                Packets smaller than that fill the delay with more of them: their queue is shorter than asked by the
//                difference. Without a rate nothing waits for a transmitter, and the limit is out of reach.
//   reorder      gap 1: each packet is decided on its own.
//   seed         one for each direction of each link (direction_seed); 0 leaves the choice to the kernel.
#pragma once

#include <cstdint>

#include "nodes/link/impairment.hpp"
#include "nodes/link/loss_event.hpp"
#include "nodes/netlink/netem.hpp"

namespace segue::link {

struct NetemPlace {
  std::uint32_t link = 0;
  Direction direction = Direction::a_to_b;
  unsigned mtu = 1500;
};

netlink::Netem to_netem(const Impairments& wanted, const NetemPlace& place);

// What is in force, from what the kernel tells. It does not tell the shape of the jitter, nor a queue limit without a
// rate: those are taken from what was asked for, and so is a seed that the kernel confirms.
Impairments from_netem(const netlink::Netem& netem, const Impairments& asked, const NetemPlace& place);

}  // namespace segue::link
