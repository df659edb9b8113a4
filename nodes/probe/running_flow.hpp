// One direction of a call that has no end: what is settled is counted and forgotten, so that memory does not grow.
//
// Records come in as they are collected. A packet may be counted once nothing can happen to it any more, and forgotten
// once no handover's window will ask for it. Not thread-safe. Cost: count_until() and of() go through what is kept.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "nodes/probe/records.hpp"
#include "nodes/probe/score.hpp"

namespace segue::probe {

class RunningFlow {
 public:
  explicit RunningFlow(const ScoreOptions& options = {}) : options_(options) {}

  // In the order they were sent, and in that of arrival; what was added before came before.
  void add(std::span<const Sent> sent, std::span<const Received> received);

  // The score of the packets sent since the last call and before `ns`. Every packet is counted once.
  FlowScore count_until(std::int64_t ns);

  FlowScore of(const Window& window) const;  // of the packets kept
  // The same, and that of each of sent().
  Attribution attribute(const Window& window) const;
  std::span<const Sent> sent() const noexcept { return sent_; }  // of the packets kept
  FlowScore recent() const;  // of the packets kept that have been counted: the others may yet arrive

  // Forgets packets sent before `ns`, as far as they have been counted.
  void forget_before(std::int64_t ns);

  std::size_t kept() const noexcept { return sent_.size(); }

 private:
  ScoreOptions options_;
  std::vector<Sent> sent_;
  std::vector<Received> received_;
  std::int64_t counted_until_ns_ = std::numeric_limits<std::int64_t>::min();
};

}  // namespace segue::probe
