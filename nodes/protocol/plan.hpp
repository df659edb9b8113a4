// One node's part of one handover, bound to addresses and interfaces: what the orchestrator sends ahead of it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "nodes/base/clock.hpp"
#include "nodes/base/ip.hpp"
#include "nodes/netlink/route.hpp"

namespace segue::protocol {

using Mac = std::array<std::uint8_t, 6>;

// A step as both of its ends see it.
struct PlanStep {
  std::string name;
  std::string message;
  std::uint32_t from = 0;  // node numbers
  std::uint32_t to = 0;
  std::uint8_t layer = 3;

  // Layer 3: the signalling addresses of both ends.
  Address from_address;
  Address to_address;
  // Layer 2: the interface of each end on the link between them, and its MAC.
  std::string from_interface;
  std::string to_interface;
  Mac from_mac{};
  Mac to_mac{};

  Delay delay{0};    // processing at the receiver
  Delay timeout{0};  // how long the receiver waits, from its own last event in this handover
  std::uint8_t retries = 0;
  Delay retry_after{0};
  bool confirmed = false;  // the sender waits until the receiver has processed it
  std::vector<std::uint32_t> after;

  std::vector<netlink::Route> routes;  // set at the receiver once processed
  std::string execute;                 // then run there by /bin/sh
};

struct Plan {
  std::uint64_t handover = 0;
  std::uint32_t node = 0;  // whose part this is
  std::vector<netlink::Route> start;
  std::string start_execute;
  std::vector<PlanStep> steps;  // all of the mechanism's: indices are the same on every node
};

// What one node saw of one step; an instant is 0 where it does not apply.
struct StepReport {
  std::uint32_t step = 0;
  std::int64_t sent_ns = 0;      // at the sender
  std::int64_t received_ns = 0;  // at the receiver: the kernel's stamp
  std::int64_t done_ns = 0;      // at the receiver: routes acknowledged, command ended
  std::int64_t route_ns = 0;     // from the decision to the kernel's acknowledgement; 0 without routes
  std::uint32_t transmissions = 0;
};

struct PlanReport {
  std::uint64_t handover = 0;
  std::uint32_t node = 0;
  std::int64_t start_route_ns = 0;
  std::vector<StepReport> steps;
  std::string failure;  // empty: this node's part is complete
  std::int64_t failed_step = -1;
};

// A message that should not have come, or came too late.
struct Anomaly {
  std::uint64_t handover = 0;
  std::uint32_t node = 0;
  std::int64_t step = -1;
  std::string kind;  // "unexpected", "late", "mismatched", "duplicate"
  std::string text;
};

}  // namespace segue::protocol
