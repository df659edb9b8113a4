#include "orchestrator/experiment/handover.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "nodes/base/error.hpp"
#include "orchestrator/mobility/expand.hpp"

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
    if (step.local()) {
      account.failure = fmt::format("{}: it was not done at {} ({})",
                                    step_text(mechanism, static_cast<std::int64_t>(i)), name(step.to), account.failure);
      account.failed_step = step.name;
      return;
    }
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

// Agents watch over their own timeouts; this one is for an agent that does not.
Delay patience_with(const Mechanism& mechanism, const mobility::Expectation& expectation) {
  Delay patience = std::chrono::seconds(10) + expectation.completion;
  for (const auto& step : mechanism.steps) {
    patience += step.wait.most + step.timeout + static_cast<int>(step.retries) * step.retry_after;
  }
  return patience;
}

void add(const protocol::BufferReport& buffer, record::DirectionScore& score) {
  score.buffered += buffer.held;
  score.buffer_deepest = std::max(score.buffer_deepest, buffer.deepest);
  score.buffer_dropped += buffer.dropped;
  score.buffer_discarded += buffer.discarded;
  score.buffer_replayed += buffer.replayed;
  score.buffer_longest_wait_ns = std::max(score.buffer_longest_wait_ns, buffer.longest_wait_ns);
}

void add(const mobility::StreamFigures& expected, record::DirectionScore& score) {
  score.expected_lost = expected.lost;
  score.expected_duplicated = expected.duplicated;
  score.expected_reordered = expected.reordered;
  score.expected_interruption_ns = expected.interruption_ns;
  score.expected_buffered = expected.buffered;
  score.expected_buffer_deepest = expected.deepest;
  score.expected_buffer_dropped = expected.overflowed;
  score.expected_buffer_longest_wait_ns = expected.longest_wait_ns;
}

mobility::Timeline measured(const mobility::Geography& geography, const Mechanism& mechanism, const Account& account) {
  std::vector<Nanoseconds> done;
  for (const protocol::StepReport& step : account.steps) {
    done.push_back(step.done_ns == 0 ? Nanoseconds::max() : from_ns(step.done_ns) - account.started);
  }
  return mobility::timeline_of(geography, mechanism, account.binding, done);
}

std::int64_t median(std::vector<std::int64_t> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

HandoverDriver::HandoverDriver(lab::Lab& lab, const mobility::DataFlow& data) : lab_(lab), data_(data) {
  lab_.crew().on_report([this](std::size_t node, const protocol::Report& report) { on_report(node, report); });
  lab_.crew().on_end([this](std::size_t node) { on_end(node); });
}

HandoverDriver::~HandoverDriver() {
  lab_.crew().on_report({});
  lab_.crew().on_end({});
}

Account HandoverDriver::perform(const Mechanism& mechanism, const mobility::Binding& binding, Instant at) {
  std::optional<Account> account;
  const auto number = begin(mechanism, binding, at, [&account](Account over) { account = std::move(over); });
  const struct Waiting {  // however this call ends, its variables end with it
    HandoverDriver& driver;
    std::uint64_t number;
    ~Waiting() { driver.forget(number); }
  } waiting{*this, number};
  while (!account) lab_.loop().run_once(std::chrono::hours(1));
  if (account->refusal) throw Error(*account->refusal);
  return std::move(*account);
}

Mechanism drawn_for(const mobility::Geography& geography, const Mechanism& mechanism, const mobility::Binding& binding,
                    std::uint64_t seed, std::uint64_t number) {
  return config::drawn(mobility::expanded(mobility::under(geography, mechanism), mechanism, binding),
                       seed * 0x9e3779b97f4a7c15U + number);
}

std::uint64_t HandoverDriver::begin(const Mechanism& asked, const mobility::Binding& binding, Instant at,
                                    std::function<void(Account)> done) {
  const mobility::Geography geography = lab_.geography();
  const auto number = ++number_;
  const Mechanism mechanism = drawn_for(geography, asked, binding, lab_.seed(), number);
  const auto plans = mobility::plans_for(geography, mechanism, binding, number);
  Account account;
  account.binding = binding;
  account.mechanism = mechanism;
  account.expectation = mobility::expect(geography, mechanism, binding, data_);
  account.steps.resize(mechanism.steps.size());
  std::vector<std::size_t> nodes;
  nodes.reserve(plans.size());
  for (const Plan& plan : plans) nodes.push_back(plan.node);
  under_way_.emplace(
      number,
      Handover{
          .account = std::move(account), .at = at, .done = std::move(done), .nodes = std::move(nodes), .deadline = {}});
  ask_every(
      number, [&](std::size_t part) { return protocol::Prepare{plans[part]}; }, &HandoverDriver::on_prepared);
  return number;
}

void HandoverDriver::forget(std::uint64_t number) {
  if (Handover* const handover = find(number)) handover->done = {};
}

HandoverDriver::Handover* HandoverDriver::find(std::uint64_t number) {
  const auto found = under_way_.find(number);
  return found == under_way_.end() ? nullptr : &found->second;
}

void HandoverDriver::ask_every(std::uint64_t number, const std::function<Request(std::size_t)>& request, Asked then) {
  const auto nodes = find(number)->nodes;
  find(number)->unanswered = nodes.size();
  for (std::size_t part = 0; part < nodes.size(); ++part) {
    lab_.crew().ask_soon(
        nodes[part], request(part),
        later(number, [this, number, then](const lab::Crew::Answer& answer) { (this->*then)(number, answer); }));
  }
}

void HandoverDriver::on_prepared(std::uint64_t number, const lab::Crew::Answer& answer) {
  Handover& handover = *find(number);
  if (const auto* error = std::get_if<Error>(&answer); error != nullptr && !handover.account.refusal) {
    handover.account.refusal = *error;
  }
  if (--handover.unanswered > 0) return;
  if (handover.account.refusal) return fail(number, handover.account.refusal->what());
  start(number);
}

void HandoverDriver::start(std::uint64_t number) {
  Handover& handover = *find(number);
  Account& account = handover.account;
  account.started = std::max(handover.at, now() + head_start);
  handover.state = State::playing;
  handover.unreported = handover.nodes.size();
  handover.deadline = lab_.loop().at(account.started + patience_with(account.mechanism, account.expectation),
                                     later(number, [this, number] { fail(number, "some agents did not report"); }));
  const protocol::Begin begin{number, to_ns(account.started)};
  ask_every(
      number, [&](std::size_t) { return begin; }, &HandoverDriver::on_begun);
}

void HandoverDriver::on_begun(std::uint64_t number, const lab::Crew::Answer& answer) {
  if (const auto* error = std::get_if<Error>(&answer)) fail(number, error->what());
}

// The agents say what they have seen before they say that they have given up.
void HandoverDriver::fail(std::uint64_t number, const std::string& why) {
  Handover& handover = *find(number);
  if (handover.state == State::ending) return;
  handover.state = State::ending;
  handover.account.ended = now();
  handover.account.failure = why;
  const protocol::Abandon abandon{number};
  ask_every(
      number, [&](std::size_t) { return abandon; }, &HandoverDriver::on_abandoned);
}

void HandoverDriver::on_abandoned(std::uint64_t number, const lab::Crew::Answer& /*answer*/) {
  if (--find(number)->unanswered == 0) end_soon(number);
}

// And not at once: this may be in the middle of another's question to an agent.
void HandoverDriver::end_soon(std::uint64_t number) {
  lab_.loop().at(now(), later(number, [this, number] { end(number); }));
}

void HandoverDriver::end(std::uint64_t number) {
  auto node = under_way_.extract(number);
  Handover& handover = node.mapped();
  Account& account = handover.account;
  if (handover.deadline) lab_.loop().cancel(*handover.deadline);
  if (!account.refusal) account.timeline = measured(lab_.geography(), account.mechanism, account);
  if (account.failure.empty()) {
    const auto done = [&](std::size_t step) { return from_ns(account.steps[step].done_ns) - account.started; };
    account.completion_uplink = done(account.mechanism.completes.uplink);
    account.completion_downlink = done(account.mechanism.completes.downlink);
    account.completion = std::max(account.completion_uplink, account.completion_downlink);
  } else if (!account.refusal) {
    if (!account.failed_step.empty()) blame_first(lab_.topology(), account.mechanism, account);
    const mobility::Binding back{account.binding.mobile, account.binding.new_router, account.binding.old_router};
    lab_.attach(account.mechanism, back);
    mobility::attach_again(*account.timeline, lab_.geography(), account.mechanism, back, now() - account.started);
  }
  if (handover.done) handover.done(std::move(account));
}

void HandoverDriver::on_end(std::size_t node) {
  std::vector<std::uint64_t> hit;
  for (const auto& [number, handover] : under_way_) {
    const auto& nodes = handover.nodes;
    // Before that, the answers say so.
    const bool playing = handover.state == State::playing;
    if (playing && std::find(nodes.begin(), nodes.end(), node) != nodes.end()) hit.push_back(number);
  }
  for (const auto number : hit) fail(number, lab_.crew().end_of(node));
}

void HandoverDriver::on_report(std::size_t node, const protocol::Report& report) {
  if (const auto* seen = std::get_if<PlanReport>(&report)) {
    if (Handover* const handover = find(seen->handover)) take(*handover, node, *seen);
    return;
  }
  if (const auto* buffered = std::get_if<protocol::BufferReport>(&report)) {
    if (Handover* const handover = find(buffered->handover)) handover->account.buffers.push_back(*buffered);
    return;
  }
  const auto* anomaly = std::get_if<protocol::Anomaly>(&report);
  if (anomaly == nullptr) return;
  const std::string& name = lab_.topology().nodes[node].name;
  if (Handover* const handover = find(anomaly->handover)) {
    handover->account.anomalies.push_back(fmt::format("{}: {} message at {}: \"{}\"",
                                                      step_text(handover->account.mechanism, anomaly->step),
                                                      anomaly->kind, name, anomaly->text));
    return;
  }
  strays_.push_back(fmt::format("step {} of handover {}: {} message at {}: \"{}\"", anomaly->step + 1,
                                anomaly->handover, anomaly->kind, name, anomaly->text));
}

void HandoverDriver::take(Handover& handover, std::size_t node, const PlanReport& seen) {
  Account& account = handover.account;
  const Mechanism& mechanism = account.mechanism;
  if (seen.start_route_ns > 0) account.route_actions_ns.push_back(seen.start_route_ns);
  for (const auto& step : seen.steps) {
    if (step.route_ns > 0) account.route_actions_ns.push_back(step.route_ns);
    merge(step, account.steps.at(step.step));
  }
  const bool last = --handover.unreported == 0;
  if (!seen.failure.empty() && account.failure.empty()) {
    const auto step = static_cast<std::size_t>(seen.failed_step);  // -1 becomes too large
    if (step < mechanism.steps.size()) account.failed_step = mechanism.steps[step].name;
    return fail(seen.handover, fmt::format("{} at {}: {}", step_text(mechanism, seen.failed_step),
                                           lab_.topology().nodes[node].name, seen.failure));
  }
  if (!last || handover.state != State::playing) return;
  handover.state = State::ending;
  account.ended = now();
  end_soon(seen.handover);
}

record::Scorecard scorecard_of(const config::Topology& topology, const Account& account, Instant origin) {
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
  add(account.expectation.uplink, card.uplink);
  add(account.expectation.downlink, card.downlink);
  card.uplink.completion_ns = account.completion ? account.completion_uplink.count() : 0;
  card.downlink.completion_ns = account.completion ? account.completion_downlink.count() : 0;
  card.uplink.expected_completion_ns = account.expectation.completion_uplink.count();
  card.downlink.expected_completion_ns = account.expectation.completion_downlink.count();
  for (const protocol::BufferReport& one : account.buffers) add(one, one.uplink ? card.uplink : card.downlink);
  const auto since_start = [&](std::int64_t ns) { return ns == 0 ? 0 : ns - to_ns(account.started); };
  for (std::size_t i = 0; i < account.steps.size(); ++i) {
    const auto& step = account.steps[i];
    const auto& asked = account.mechanism.steps[i];
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
