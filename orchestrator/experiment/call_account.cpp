#include "orchestrator/experiment/call_account.hpp"

#include <algorithm>

namespace segue::experiment {

namespace {

constexpr std::int64_t end_of_time = std::numeric_limits<std::int64_t>::max();
// Whether a packet came late, twice or out of order is told by those before it.
constexpr std::int64_t memory_ns = 2'000'000'000;

template <typename Packet>
void append(std::vector<Packet>& all, const std::vector<Packet>& more) {
  all.insert(all.end(), more.begin(), more.end());
}

void append(CallRecords& all, const CallRecords& more) {
  append(all.sent, more.sent);
  append(all.received, more.received);
}

}  // namespace

void CallAccount::add(const CallRecords& more) {
  append(all_, more);
  append(recent_, more);
}

probe::FlowScore CallAccount::after(const probe::Window& window) {
  count_until(window.begin_ns);
  open_.push_back(window);
  return probe::score(recent_.sent, recent_.received, window);
}

CallAccount::Counts CallAccount::counts_until(std::int64_t ns) const {
  std::vector<probe::Window> windows{{std::numeric_limits<std::int64_t>::min(), counted_until_ns_}};
  append(windows, open_);
  windows.push_back({ns, end_of_time});
  const auto attribution = probe::attribute(recent_.sent, recent_.received, windows);
  Counts counts{.score = attribution.outside, .outside = attribution.outside.lost};
  for (std::size_t i = 1; i + 1 < windows.size(); ++i) add_counts(counts.score, attribution.windows[i]);
  return counts;
}

void CallAccount::count_until(std::int64_t ns) {
  const Counts more = counts_until(ns);
  add_counts(counted_.score, more.score);
  counted_.outside += more.outside;
  counted_until_ns_ = ns;
  append(every_, open_);
  open_.clear();
  std::erase_if(recent_.sent, [&](const auto& packet) { return packet.sent_ns < ns - memory_ns; });
  std::erase_if(recent_.received, [&](const auto& packet) { return packet.sent_ns < ns - memory_ns; });
}

record::FlowTotals CallAccount::so_far() const {
  const Counts more = counts_until(end_of_time);
  probe::FlowScore score = probe::score(recent_.sent, recent_.received);
  score.sent = score.lost = score.duplicated = score.reordered = score.late = 0;
  add_counts(score, counted_.score);
  add_counts(score, more.score);
  record::FlowTotals totals = totals_of(score);
  totals.lost_outside = counted_.outside + more.outside;
  return totals;
}

record::FlowTotals CallAccount::whole() const {
  std::vector<probe::Window> windows = every_;
  append(windows, open_);
  record::FlowTotals totals = totals_of(probe::score(all_.sent, all_.received));
  totals.lost_outside = probe::attribute(all_.sent, all_.received, windows).outside.lost;
  return totals;
}

}  // namespace segue::experiment
