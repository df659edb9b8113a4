#include "orchestrator/experiment/witness.hpp"

#include <algorithm>

#include "nodes/base/error.hpp"
#include "orchestrator/experiment/probe_session.hpp"

namespace segue::experiment {

Witness::Witness(lab::Lab& lab, bool computed_time) : lab_(lab), computed_time_(computed_time) {
  lab_.engine().attend(true);
}

Witness::~Witness() {
  try {
    lab_.engine().attend(false);
  } catch (const Error&) {
    // The engine has gone, and with it what was to be ended.
  }
}

Span Witness::span_of(const Account& account) const {
  const Delay one_way = account.expectation.longest_way;
  const Instant last_sent = std::max(end_of(account) + one_way, account.started + account.expectation.settled);
  return {account.started - one_way - voip_interval, last_sent + one_way + voip_interval};
}

void Witness::judge(const Account& account, Instant origin, record::Scorecard& card) {
  const Span span = span_of(account);
  record::Evidence evidence{.begin_ns = to_ns(span.begin),
                            .started_ns = to_ns(account.started),
                            .end_ns = to_ns(span.end),
                            .links = computed_time_ ? LateEvents{} : lab_.engine().late(),
                            .timers = late_timers(),
                            .idle_share = idle_.idle_share(),
                            .stolen_ns = idle_.stolen().count(),
                            .remarks = lab_.engine().remarks()};
  record::Judgement judgement = record::judge(evidence);
  card.verdict = judgement.verdict;
  card.reasons = std::move(judgement.reasons);
  card.limits = std::move(judgement.limits);
  card.window_begin_ns = (span.begin - origin).count();
  card.window_end_ns = (span.end - origin).count();
}

LateEvents Witness::late_timers() {
  std::vector<std::pair<std::size_t, protocol::Request>> requests;
  for (std::size_t node = 0; node < lab_.crew().size(); ++node) requests.emplace_back(node, protocol::ReadLate{});
  LateEvents late;
  for (const auto& [node, report] : lab_.crew().ask_those_up(requests)) late.add(std::get<protocol::Late>(report).what);
  return late;
}

}  // namespace segue::experiment
