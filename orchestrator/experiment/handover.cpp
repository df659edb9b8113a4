#include "orchestrator/experiment/handover.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "nodes/base/error.hpp"

namespace segue::experiment {

using config::Mechanism;
using protocol::Plan;
using protocol::PlanReport;
using protocol::Request;

namespace {

// Agents set their timers for an instant this far ahead, so that none of them hears of it too late.
constexpr Delay head_start{5'000'000};

std::string step_text(const Mechanism& mechanism, std::int64_t step) {
  if (step < 0 || step >= static_cast<std::int64_t>(mechanism.steps.size())) return "start";
  return fmt::format("step {} \"{}\"", step + 1, mechanism.steps[static_cast<std::size_t>(step)].name);
}

// Whether all that a step waits for is done.
bool has_turn(const Account& account, const config::Step& step) {
  return std::all_of(step.after.begin(), step.after.end(),
                     [&](std::size_t earlier) { return account.steps[earlier].done_ns != 0; });
}

// Who misses a message says so, and so do all that wait for what should have followed, in the order of their patience.
// What failed is the first step whose turn had come and that is not done.
void blame_first(const config::Topology& topology, const Mechanism& mechanism, Account& account) {
  for (std::size_t i = 0; i < mechanism.steps.size(); ++i) {
    const config::Step& step = mechanism.steps[i];
    const protocol::StepReport& seen = account.steps[i];
    if (seen.done_ns != 0 || !has_turn(account, step)) continue;
    if (account.failed_step == step.name) return;
    const auto name = [&](const std::string& role) -> const std::string& {
      return topology.nodes[mobility::node_named(topology, account.binding, role)].name;
    };
    const std::string what = seen.received_ns != 0    ? fmt::format("came to {} and was not done there", name(step.to))
                             : seen.transmissions > 0 ? fmt::format("{} sent it {} times, and it never came to {}",
                                                                    name(step.from), seen.transmissions, name(step.to))
                                                      : fmt::format("{} did not send it", name(step.from));
    account.failure =
        fmt::format("{}: {} ({})", step_text(mechanism, static_cast<std::int64_t>(i)), what, account.failure);
    account.failed_step = step.name;
    return;
  }
}

void merge(const protocol::StepReport& seen, protocol::StepReport& step) {
  step.step = seen.step;
  if (seen.sent_ns != 0) step.sent_ns = seen.sent_ns;
  if (seen.received_ns != 0) step.received_ns = seen.received_ns;
  if (seen.done_ns != 0) step.done_ns = seen.done_ns;
  if (seen.route_ns != 0) step.route_ns = seen.route_ns;
  step.transmissions = std::max(step.transmissions, seen.transmissions);
}

std::vector<std::pair<std::size_t, Request>> to_every(const std::vector<Plan>& plans, auto make) {
  std::vector<std::pair<std::size_t, Request>> requests;
  requests.reserve(plans.size());
  for (const Plan& plan : plans) requests.emplace_back(plan.node, make(plan));
  return requests;
}

std::int64_t median(std::vector<std::int64_t> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

Account HandoverDriver::perform(const Mechanism& mechanism, const mobility::Binding& binding, Instant at) {
  const mobility::Geography geography = lab_.geography();
  Account account;
  account.binding = binding;
  account.expectation = mobility::expect(geography, mechanism, binding, data_);
  account.steps.resize(mechanism.steps.size());
  const auto plans = mobility::plans_for(geography, mechanism, binding, ++number_);

  lab_.crew().ask_all(to_every(plans, [](const Plan& plan) { return protocol::Prepare{plan}; }));
  account.started = std::max(at, now() + head_start);
  awaited_ = plans.size();
  // The handler speaks of this call's variables: however the call ends, the handler ends with it.
  const struct Taking {
    HandoverDriver& driver;
    ~Taking() { driver.await_strays(); }
  } taking{*this};
  lab_.crew().on_report(
      [&](std::size_t node, const protocol::Report& report) { take(mechanism, node, report, account); });
  lab_.crew().ask_those_up(to_every(plans, [&](const Plan&) {
    return protocol::Begin{number_, to_ns(account.started)};
  }));
  gather(mechanism, plans, account);
  return account;
}

void HandoverDriver::await_strays() {
  lab_.crew().on_report([this](std::size_t node, const protocol::Report& report) {
    const auto* anomaly = std::get_if<protocol::Anomaly>(&report);
    if (anomaly == nullptr) return;
    strays_.push_back(fmt::format("step {} of handover {}: {} message at {}: \"{}\"", anomaly->step + 1,
                                  anomaly->handover, anomaly->kind, lab_.topology().nodes[node].name, anomaly->text));
  });
}

void HandoverDriver::gather(const Mechanism& mechanism, const std::vector<Plan>& plans, Account& account) {
  // Agents watch over their own timeouts; this one is for an agent that does not.
  Delay patience = std::chrono::seconds(10) + account.expectation.completion;
  for (const auto& step : mechanism.steps) {
    patience += step.timeout + static_cast<int>(step.retries) * step.retry_after;
  }
  const Instant deadline = account.started + patience;
  const auto has_ended = [this](const Plan& plan) { return !lab_.crew().up(plan.node); };
  while (awaited_ > 0 && account.failure.empty()) {
    if (const auto ended = std::find_if(plans.begin(), plans.end(), has_ended); ended != plans.end()) {
      account.failure = lab_.crew().end_of(ended->node);
      break;
    }
    if (now() > deadline) {
      account.failure = "some agents did not report";
      break;
    }
    lab_.loop().run_once(deadline - now() + Delay{1});
  }
  account.ended = now();
  if (account.failure.empty()) {
    account.completion = from_ns(account.steps[mechanism.completes].done_ns) - account.started;
    return;
  }
  lab_.crew().ask_those_up(to_every(plans, [this](const Plan&) { return protocol::Abandon{number_}; }));
  if (!account.failed_step.empty()) blame_first(lab_.topology(), mechanism, account);
  lab_.attach(mechanism, {account.binding.mobile, account.binding.new_router, account.binding.old_router});
}

void HandoverDriver::take(const Mechanism& mechanism, std::size_t node, const protocol::Report& report,
                          Account& account) {
  const std::string& name = lab_.topology().nodes[node].name;
  if (const auto* anomaly = std::get_if<protocol::Anomaly>(&report)) {
    account.anomalies.push_back(fmt::format("{}: {} message at {}: \"{}\"", step_text(mechanism, anomaly->step),
                                            anomaly->kind, name, anomaly->text));
    return;
  }
  const auto* seen = std::get_if<PlanReport>(&report);
  if (seen == nullptr || seen->handover != number_) return;
  --awaited_;
  if (seen->start_route_ns > 0) account.route_actions_ns.push_back(seen->start_route_ns);
  for (const auto& step : seen->steps) {
    if (step.route_ns > 0) account.route_actions_ns.push_back(step.route_ns);
    merge(step, account.steps.at(step.step));
  }
  if (!seen->failure.empty() && account.failure.empty()) {
    account.failure = fmt::format("{} at {}: {}", step_text(mechanism, seen->failed_step), name, seen->failure);
    const auto step = static_cast<std::size_t>(seen->failed_step);  // -1 becomes too large
    if (step < mechanism.steps.size()) account.failed_step = mechanism.steps[step].name;
  }
}

record::Scorecard scorecard_of(const config::Topology& topology, const Mechanism& mechanism, const Account& account,
                               Instant origin) {
  record::Scorecard card;
  card.mobile = topology.nodes[account.binding.mobile].name;
  card.from = topology.nodes[account.binding.old_router].name;
  card.to = topology.nodes[account.binding.new_router].name;
  card.started_ns = (account.started - origin).count();
  card.outcome = account.completion ? record::Outcome::complete : record::Outcome::failed;
  card.failure = account.failure;
  card.failed_step = account.failed_step;
  card.completion_ns = account.completion.value_or(Nanoseconds{0}).count();
  card.expected_completion_ns = account.expectation.completion.count();
  card.dead_end = account.expectation.dead_end;
  card.messages = account.expectation.messages;
  card.route_actions_ns = account.route_actions_ns;
  card.route_switch_ns = median(account.route_actions_ns);
  card.anomalies = account.anomalies;
  card.uplink.expected_lost = account.expectation.lost_uplink;
  card.downlink.expected_lost = account.expectation.lost_downlink;
  const auto since_start = [&](std::int64_t ns) { return ns == 0 ? 0 : ns - to_ns(account.started); };
  for (std::size_t i = 0; i < account.steps.size(); ++i) {
    const auto& step = account.steps[i];
    const auto& asked = mechanism.steps[i];
    if (step.transmissions > 1) card.retransmissions += step.transmissions - 1;
    card.steps.push_back({.name = asked.name,
                          .from = asked.from,
                          .to = asked.to,
                          .message = asked.message,
                          .layer = asked.layer,
                          .sent_ns = since_start(step.sent_ns),
                          .received_ns = since_start(step.received_ns),
                          .done_ns = since_start(step.done_ns),
                          .expected_done_ns = account.expectation.done[i].count(),
                          .route_ns = step.route_ns,
                          .transmissions = step.transmissions});
  }
  return card;
}

}  // namespace segue::experiment
