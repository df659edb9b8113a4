// One node's part of one handover, bound to addresses and interfaces: what the orchestrator sends ahead of it.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "nodes/base/clock.hpp"
#include "nodes/protocol/action.hpp"
#include "nodes/protocol/endpoint.hpp"

namespace segue::protocol {

// A step that goes from one node to another: the one begins it, at the other it is done.
struct Message {
  std::string text;
  std::uint32_t from = 0;  // node numbers
  std::uint32_t to = 0;
  Endpoint forth;  // as its sender sees the receiver
  Endpoint back;   // and the receiver the sender, for what answers it

  Delay delay{0};    // processing at the receiver
  Delay timeout{0};  // how long the receiver waits, from its own last event in this handover
  std::uint8_t retries = 0;
  Delay retry_after{0};
  bool confirmed = false;  // the sender waits until the receiver has processed it
  // Behind the text it says which packet the mobile has received last by the sender: 17 bytes, if one is known.
  bool tells_delivered = false;
};

// A step at one node, at which time passes.
struct Wait {
  std::uint32_t at = 0;
  Delay time{0};
};

struct PlanStep {
  std::uint32_t number = 0;  // its place in the mechanism: the same on every node
  std::string name;
  std::vector<std::uint32_t> after;  // numbers of steps that have to be done where this one begins, or confirmed there
  std::variant<Message, Wait> content;
  std::vector<Action> on_done;  // where it is done, one after the other, before it is
};

inline std::uint32_t begins_at(const PlanStep& step) {
  const auto* message = std::get_if<Message>(&step.content);
  return message != nullptr ? message->from : std::get<Wait>(step.content).at;
}
inline std::uint32_t done_at(const PlanStep& step) {
  const auto* message = std::get_if<Message>(&step.content);
  return message != nullptr ? message->to : std::get<Wait>(step.content).at;
}

struct Plan {
  std::uint64_t handover = 0;
  std::uint32_t node = 0;       // whose part this is
  std::vector<Action> start;    // the first steps wait for no command of these
  std::vector<PlanStep> steps;  // of the mechanism's, those that begin or are done here, in its order
};

// What one node saw of one step; an instant is 0 where it does not apply.
struct StepReport {
  std::uint32_t step = 0;
  std::int64_t sent_ns = 0;      // at the sender, or when a wait began
  std::int64_t received_ns = 0;  // at the receiver: the kernel's stamp
  std::int64_t done_ns = 0;      // where it is done, its actions too
  std::int64_t route_ns = 0;     // from the decision to the end of its actions; 0 without any
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

// What was in a buffer, once it is released, discarded or replayed, or of what copies were sent, once that is over.
struct BufferReport {
  std::uint64_t handover = 0;
  bool uplink = false;
  std::uint64_t held = 0;     // packets that waited
  std::uint64_t deepest = 0;  // at one time
  std::uint64_t dropped = 0;  // for there was no room
  std::uint64_t discarded = 0;
  std::uint64_t replayed = 0;        // copies
  std::uint64_t copied = 0;          // packets that went a second way too
  std::int64_t longest_wait_ns = 0;  // of those that went on
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
