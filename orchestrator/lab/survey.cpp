#include "orchestrator/lab/survey.hpp"

#include <algorithm>

#include "nodes/base/error.hpp"
#include "nodes/link/impairment_text.hpp"
#include "orchestrator/record/verdict.hpp"

namespace segue::lab {

namespace {

record::LinkTerms terms_of(const link::Impairments& impairments) {
  return {impairments.delay.count(), link::long_term_loss(impairments), impairments.rate.bits_per_second};
}

record::LinkRow row_of(Lab& lab, std::size_t index, link::Direction direction) {
  const config::Link& link = lab.topology().links[index];
  const bool forward = direction == link::Direction::a_to_b;
  const auto id = lab.network().link(index);
  const auto counters = lab.engine().counters(id, direction);
  const auto& asked = forward ? link.a_to_b : link.b_to_a;
  const auto in_force = lab.engine().read_back(id, direction);
  const auto taken = counters.packets + counters.duplicated;
  const auto done = counters.delivered + counters.lost + counters.dropped;
  const auto& from = lab.topology().nodes[(forward ? link.a : link.b).node].name;
  const auto& to = lab.topology().nodes[(forward ? link.b : link.a).node].name;
  return {.link = link.name,
          .direction = std::string(from) + '>' + to,
          .requested = link::to_text(asked),
          .realised = link::to_text(in_force),
          .asked = terms_of(asked),
          .in_force = terms_of(in_force),
          .counters = counters,
          .queued = taken - std::min(taken, done)};
}

void add_timers(const protocol::NodeStatistics& statistics, record::Quantiles& timers) {
  if (statistics.timer_lateness_ns.size() != 3) return;
  timers.p50 = std::max(timers.p50, statistics.timer_lateness_ns[0]);
  timers.p99 = std::max(timers.p99, statistics.timer_lateness_ns[1]);
  timers.max = std::max(timers.max, statistics.timer_lateness_ns[2]);
  timers.count += statistics.timers;
}

}  // namespace

std::vector<record::LinkRow> survey_links(Lab& lab) {
  std::vector<record::LinkRow> rows;
  for (std::size_t i = 0; i < lab.topology().links.size(); ++i) {
    rows.push_back(row_of(lab, i, link::Direction::a_to_b));
    rows.push_back(row_of(lab, i, link::Direction::b_to_a));
  }
  return rows;
}

record::Quantiles survey_emulator(Lab& lab) {
  const auto lateness = lab.engine().lateness();
  return {lateness.quantile(0.5).count(), lateness.quantile(0.99).count(), lateness.max().count(), lateness.count()};
}

AgentSurvey survey_agents(Lab& lab, bool restart_timers) {
  const auto& nodes = lab.topology().nodes;
  std::vector<std::pair<std::size_t, protocol::Request>> requests;
  requests.reserve(nodes.size());
  for (std::size_t node = 0; node < nodes.size(); ++node) {
    requests.emplace_back(node, protocol::ReadStatistics{restart_timers});
  }
  AgentSurvey survey;
  for (const auto& [node, report] : lab.crew().ask_those_up(requests)) {
    const auto& statistics = std::get<protocol::NodeStatistics>(report);
    add_timers(statistics, survey.timers);
    survey.netlink.push_back({.node = nodes[node].name,
                              .requests = statistics.netlink_requests,
                              .errors = statistics.netlink_errors,
                              .total_ns = statistics.netlink_ns,
                              .latency = statistics.netlink_latency});
  }
  return survey;
}

record::Sample survey(Lab& lab, const IdleMeter& idle, bool restart) {
  record::Sample sample;
  auto agents = survey_agents(lab, restart);
  sample.emulator = survey_emulator(lab);
  if (restart) lab.engine().reset_lateness();
  sample.timers = agents.timers;
  sample.idle_share = idle.idle_share();
  const bool links_known = lab.engine().late().has_value();
  sample.verdict =
      record::judge(links_known ? std::optional(sample.emulator) : std::nullopt, sample.timers, sample.idle_share);
  for (std::size_t node = 0; node < lab.crew().size(); ++node) {
    const auto& one = lab.topology().nodes[node];
    sample.nodes.push_back({one.name, std::string(to_text(one.role)), lab.crew().up(node)});
  }
  sample.links = survey_links(lab);
  sample.netlink = std::move(agents.netlink);
  return sample;
}

void locate(record::Sample& sample, const config::Topology& topology, std::size_t mobile, std::size_t router) {
  sample.mobile = topology.nodes[mobile].name;
  sample.attached = topology.nodes[router].name;
  for (const auto one : config::access_routers(topology, mobile)) sample.routers.push_back(topology.nodes[one].name);
}

}  // namespace segue::lab
