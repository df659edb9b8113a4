#include "orchestrator/view/run_picture.hpp"

#include <fmt/format.h>

#include "nodes/base/units.hpp"

namespace segue::view {

namespace {

constexpr std::size_t most_handovers = 40;  // no terminal shows more
constexpr std::size_t most_rates = 100;

}  // namespace

RunPicture::RunPicture(const config::Topology& topology, const std::vector<experiment::RunSpec>& runs, Instant began)
    : began_(began) {
  picture_.lab = topology.name;
  picture_.name = topology.name;
  for (const auto& node : topology.nodes) {
    picture_.nodes.push_back({.name = node.name, .role = std::string(config::to_text(node.role))});
  }
  for (const auto& link : topology.links) {
    picture_.cables.push_back({.link = link.name,
                               .a = topology.nodes[link.a.node].name,
                               .b = topology.nodes[link.b.node].name,
                               .delay = segue::to_text(link.a_to_b.delay)});
  }
  for (const auto& run : runs) {
    picture_.runs.push_back({.mechanism = run.mechanism,
                             .probe = std::string(experiment::to_text(run.probe)),
                             .handovers = run.handovers,
                             .measured = run.probe == experiment::Probe::voip});
  }
}

void RunPicture::started(std::size_t run) {
  Run& one = picture_.runs[run];
  if (one.state == Run::State::waiting) one.state = Run::State::under_way;
}

void RunPicture::handover(std::size_t run, const record::Scorecard& card, Instant when) {
  started(run);
  Run& one = picture_.runs[run];
  const bool complete = card.outcome == record::Outcome::complete;
  const bool counts = record::in_means(card.verdict);
  if (counts) ++one.done;
  one.at = complete ? card.to : card.from;
  one.completion_ns = complete ? card.completion_ns : 0;
  one.lost_up += counts ? card.uplink.lost : 0;
  one.lost_down += counts ? card.downlink.lost : 0;
  picture_.attached[card.mobile] = one.at;
  picture_.handovers.push_back({.number = card.index + 1,
                                .mechanism = fmt::format("{}, {}", one.mechanism, one.probe),
                                .mobile = card.mobile,
                                .from = card.from,
                                .to = card.to,
                                .outcome = card.outcome,
                                .failure = card.failure,
                                .verdict = card.verdict,
                                .completion_ns = card.completion_ns,
                                .expected_completion_ns = card.expected_completion_ns,
                                .measured = one.measured,
                                .lost_up = card.uplink.lost,
                                .lost_down = card.downlink.lost,
                                .interruption_up_ns = card.uplink.interruption_ns,
                                .interruption_down_ns = card.downlink.interruption_ns});
  handovers_at_.push_back(when);
  if (handovers_at_.size() <= most_handovers) return;
  handovers_at_.erase(handovers_at_.begin());
  picture_.handovers.erase(picture_.handovers.begin());
}

void RunPicture::sample(std::size_t run, const record::Sample& sample) {
  Run& one = picture_.runs[run];
  for (const auto& throughput : sample.throughput) {
    one.bits_per_second.push_back(static_cast<double>(throughput.bits_per_second));
    if (one.bits_per_second.size() > most_rates) one.bits_per_second.erase(one.bits_per_second.begin());
  }
}

void RunPicture::ended(std::size_t run, const experiment::RunOutcome& outcome) {
  Run& one = picture_.runs[run];
  one.state = outcome.error.empty() ? Run::State::ended : Run::State::failed;
  one.verdict = outcome.result.verdict;
  if (!outcome.result.engine.empty()) picture_.links = outcome.result.engine;
}

Picture RunPicture::at(Instant when) const {
  Picture picture = picture_;
  picture.elapsed_ns = (when - began_).count();
  for (std::size_t i = 0; i < handovers_at_.size(); ++i) {
    picture.handovers[i].ago_ns = (when - handovers_at_[i]).count();
  }
  return picture;
}

}  // namespace segue::view
