#include "nodes/probe/running_flow.hpp"

#include <algorithm>

namespace segue::probe {

void RunningFlow::add(std::span<const Sent> sent, std::span<const Received> received) {
  sent_.insert(sent_.end(), sent.begin(), sent.end());
  received_.insert(received_.end(), received.begin(), received.end());
}

FlowScore RunningFlow::count_until(std::int64_t ns) {
  if (ns <= counted_until_ns_) return {};
  const FlowScore score = of({counted_until_ns_, ns});
  counted_until_ns_ = ns;
  return score;
}

FlowScore RunningFlow::of(const Window& window) const { return score(sent_, received_, window, options_); }

Attribution RunningFlow::attribute(const Window& window) const {
  return probe::attribute(sent_, received_, std::span(&window, 1), options_);
}

FlowScore RunningFlow::recent() const { return of({std::numeric_limits<std::int64_t>::min(), counted_until_ns_}); }

void RunningFlow::forget_before(std::int64_t ns) {
  const std::int64_t before = std::min(ns, counted_until_ns_);
  std::erase_if(sent_, [before](const Sent& packet) { return packet.sent_ns < before; });
  std::erase_if(received_, [before](const Received& packet) { return packet.sent_ns < before; });
}

}  // namespace segue::probe
