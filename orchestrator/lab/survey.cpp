#include "orchestrator/lab/survey.hpp"

#include <algorithm>

#include "nodes/link/impairment_text.hpp"

namespace segue::lab {

namespace {

LinkRow row_of(Lab& lab, std::size_t index, link::Direction direction) {
  const config::Link& link = lab.topology().links[index];
  const bool forward = direction == link::Direction::a_to_b;
  const auto id = lab.network().link(index);
  const auto counters = lab.engine().counters(id, direction);
  const auto& from = lab.topology().nodes[(forward ? link.a : link.b).node].name;
  const auto& to = lab.topology().nodes[(forward ? link.b : link.a).node].name;
  return {.link = link.name,
          .direction = std::string(from) + '>' + to,
          .requested = link::to_text(forward ? link.a_to_b : link.b_to_a),
          .realised = link::to_text(lab.engine().read_back(id, direction)),
          .packets = counters.packets,
          .delivered = counters.delivered,
          .lost = counters.lost,
          .dropped = counters.dropped,
          .duplicated = counters.duplicated,
          .reordered = counters.reordered,
          .corrupted = counters.corrupted,
          .bytes = counters.bytes};
}

void add_timers(const protocol::NodeStatistics& statistics, Quantiles& timers) {
  if (statistics.timer_lateness_ns.size() != 3) return;
  timers.p50 = std::max(timers.p50, statistics.timer_lateness_ns[0]);
  timers.p99 = std::max(timers.p99, statistics.timer_lateness_ns[1]);
  timers.max = std::max(timers.max, statistics.timer_lateness_ns[2]);
  timers.count += statistics.timers;
}

}  // namespace

std::vector<LinkRow> survey_links(Lab& lab) {
  std::vector<LinkRow> rows;
  for (std::size_t i = 0; i < lab.topology().links.size(); ++i) {
    rows.push_back(row_of(lab, i, link::Direction::a_to_b));
    rows.push_back(row_of(lab, i, link::Direction::b_to_a));
  }
  return rows;
}

Quantiles survey_emulator(Lab& lab) {
  const auto lateness = lab.engine().lateness();
  return {lateness.quantile(0.5).count(), lateness.quantile(0.99).count(), lateness.max().count(), lateness.count()};
}

AgentSurvey survey_agents(Lab& lab) {
  std::vector<std::pair<std::size_t, protocol::Request>> requests;
  for (std::size_t node = 0; node < lab.crew().size(); ++node) requests.emplace_back(node, protocol::ReadStatistics{});
  const auto reports = lab.crew().ask_all(requests);
  AgentSurvey survey;
  for (std::size_t node = 0; node < reports.size(); ++node) {
    const auto& statistics = std::get<protocol::NodeStatistics>(reports[node]);
    add_timers(statistics, survey.timers);
    survey.netlink.push_back({.node = lab.topology().nodes[node].name,
                              .requests = statistics.netlink_requests,
                              .errors = statistics.netlink_errors,
                              .total_ns = statistics.netlink_ns,
                              .latency = statistics.netlink_latency});
  }
  return survey;
}

Sample survey(Lab& lab) {
  Sample sample;
  auto agents = survey_agents(lab);
  sample.emulator = survey_emulator(lab);
  sample.timers = agents.timers;
  sample.agents = agents.netlink.size();
  sample.links = survey_links(lab);
  sample.netlink = std::move(agents.netlink);
  return sample;
}

}  // namespace segue::lab
