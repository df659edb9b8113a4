#include "nodes/mechanism/play.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "nodes/base/error.hpp"
#include "nodes/base/units.hpp"

namespace segue::mechanism {

using protocol::PlanStep;
using signalling::Signal;

namespace {

bool wants_answer(const PlanStep& step) { return step.confirmed || step.retries > 0; }

Signal::Kind awaited_answer(const PlanStep& step) {
  return step.confirmed ? Signal::Kind::confirm : Signal::Kind::acknowledge;
}

}  // namespace

Play::Play(Loop& loop, World& world, protocol::Plan plan, Outlet outlet)
    : loop_(loop),
      world_(world),
      plan_(std::move(plan)),
      outlet_(std::move(outlet)),
      steps_(plan_.steps.size()),
      self_(std::make_shared<Play*>(this)) {
  report_.handover = plan_.handover;
  report_.node = plan_.node;
  set_start_routes_ = world_.prepare_routes(plan_.start);
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const PlanStep& step = plan_.steps[i];
    steps_[i].seen.step = static_cast<std::uint32_t>(i);
    if (step.to == plan_.node && !step.routes.empty()) steps_[i].set_routes = world_.prepare_routes(step.routes);
  }
}

Play::~Play() {
  stop_timers();
  *self_ = nullptr;
}

void Play::begin(Instant at) {
  begin_timer_ = loop_.at(at, [this] {
    begin_timer_.reset();
    start();
  });
}

void Play::start() {
  if (state_ != State::prepared) return;
  state_ = State::playing;
  const Instant decided = now();
  try {
    if (!plan_.start.empty()) set_start_routes_();
  } catch (const Error& error) {
    return fail(-1, error.what());
  }
  const Instant set = now();
  if (!plan_.start.empty()) report_.start_route_ns = (set - decided).count();
  if (!plan_.start_execute.empty()) {
    end_commands_.push_back(world_.execute(plan_.start_execute, [self = self_](const std::string& failure) {
      if (*self != nullptr && !failure.empty()) (*self)->fail(-1, failure);
    }));
  }
  last_event_ = set;
  advance();
  end_if_complete();
}

bool Play::may_send(std::uint32_t index) const {
  const PlanStep& step = plan_.steps[index];
  if (step.from != plan_.node || steps_[index].sent) return false;
  return std::all_of(step.after.begin(), step.after.end(), [this](std::uint32_t earlier) {
    return plan_.steps[earlier].to == plan_.node ? steps_[earlier].done : steps_[earlier].answered;
  });
}

void Play::advance() {
  for (std::uint32_t i = 0; i < steps_.size() && state_ == State::playing; ++i) {
    if (!may_send(i)) continue;
    steps_[i].sent = true;
    transmit(i);
  }
  watch();
}

void Play::transmit(std::uint32_t index) {
  const PlanStep& step = plan_.steps[index];
  StepState& state = steps_[index];
  const Signal signal{Signal::Kind::message, state.attempt, static_cast<std::uint16_t>(index), plan_.handover,
                      step.message};
  const Instant sent = now();
  try {
    world_.send(step, World::Way::forth, signal);
  } catch (const Error& error) {
    return fail(index, error.what());
  }
  if (state.seen.sent_ns == 0) state.seen.sent_ns = to_ns(sent);
  ++state.seen.transmissions;
  last_event_ = sent;
  if (!wants_answer(step)) return;
  const bool again = state.attempt < step.retries;
  state.timer = loop_.at(sent + (again ? step.retry_after : step.timeout), [this, index, again] {
    StepState& unanswered = steps_[index];
    unanswered.timer.reset();
    if (!again) return fail(index, fmt::format("unanswered after {} transmissions", unanswered.seen.transmissions));
    ++unanswered.attempt;
    transmit(index);
  });
}

void Play::receive(const Signal& signal, Instant stamp) {
  if (signal.step >= steps_.size()) return anomaly(signal.step, "unexpected", signal.text);
  if (state_ == State::failed) return anomaly(signal.step, "late", signal.text);
  // A message can arrive before this node's own timer for the common instant of the start has fired.
  if (state_ == State::prepared) start();
  if (signal.kind == Signal::Kind::message) {
    on_message(signal, stamp);
  } else {
    on_answer(signal);
  }
}

void Play::on_message(const Signal& signal, Instant stamp) {
  const std::uint32_t index = signal.step;
  const PlanStep& step = plan_.steps[index];
  StepState& state = steps_[index];
  if (step.to != plan_.node) return anomaly(index, "unexpected", signal.text);
  if (signal.text != step.message) return anomaly(index, "mismatched", signal.text);
  if (step.retries > 0) answer(index, Signal::Kind::acknowledge);
  if (state.received) {
    // Its sender repeats what was answered: the answer was lost, or the message came twice.
    if (state.done && step.confirmed) answer(index, Signal::Kind::confirm);
    return;
  }
  state.received = true;
  state.seen.received_ns = to_ns(stamp);
  last_event_ = now();
  watch();
  if (step.delay <= Delay{0}) return process(index);
  // Counted from the kernel's stamp, so that waking up late does not add to the processing.
  state.timer = loop_.at(stamp + step.delay, [this, index] {
    steps_[index].timer.reset();
    process(index);
  });
}

void Play::on_answer(const Signal& signal) {
  const std::uint32_t index = signal.step;
  const PlanStep& step = plan_.steps[index];
  StepState& state = steps_[index];
  if (step.from != plan_.node || !state.sent) return anomaly(index, "unexpected", "answer to " + step.name);
  if (state.answered || signal.kind != awaited_answer(step)) return;
  state.answered = true;
  if (state.timer) loop_.cancel(*std::exchange(state.timer, std::nullopt));
  last_event_ = now();
  advance();
  end_if_complete();
}

void Play::process(std::uint32_t index) {
  const PlanStep& step = plan_.steps[index];
  StepState& state = steps_[index];
  const Instant decided = now();
  if (state.set_routes) {
    try {
      state.set_routes();
    } catch (const Error& error) {
      return fail(index, error.what());
    }
    state.seen.route_ns = (now() - decided).count();
  }
  if (step.execute.empty()) return finish(index);
  end_commands_.push_back(world_.execute(step.execute, [self = self_, index, decided](const std::string& failure) {
    Play* play = *self;
    if (play == nullptr || play->state_ != State::playing) return;
    if (!failure.empty()) return play->fail(index, failure);
    play->steps_[index].seen.route_ns = (now() - decided).count();
    play->finish(index);
  }));
}

void Play::finish(std::uint32_t index) {
  if (state_ != State::playing) return;
  StepState& state = steps_[index];
  state.done = true;
  last_event_ = now();
  state.seen.done_ns = to_ns(last_event_);
  if (plan_.steps[index].confirmed) answer(index, Signal::Kind::confirm);
  advance();
  end_if_complete();
}

void Play::answer(std::uint32_t index, Signal::Kind kind) {
  try {
    world_.send(plan_.steps[index], World::Way::back,
                {kind, 0, static_cast<std::uint16_t>(index), plan_.handover, std::string()});
  } catch (const Error& error) {
    fail(index, error.what());
  }
}

void Play::end_if_complete() {
  if (state_ != State::playing) return;
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const PlanStep& step = plan_.steps[i];
    if (step.to == plan_.node && !steps_[i].done) return;
    if (step.from == plan_.node && !steps_[i].sent) return;
    if (step.from == plan_.node && wants_answer(step) && !steps_[i].answered) return;
  }
  end(State::complete);
}

// The watchdog is armed for the earliest deadline and asks again when it fires: what happened meanwhile has moved it.
void Play::watch() {
  if (state_ != State::playing || watchdog_) return;
  std::optional<Delay> shortest;
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const PlanStep& step = plan_.steps[i];
    if (step.to != plan_.node || steps_[i].received) continue;
    shortest = std::min(shortest.value_or(step.timeout), step.timeout);
  }
  if (!shortest) return;
  watchdog_ = loop_.at(last_event_ + *shortest, [this] {
    watchdog_.reset();
    check_deadline();
  });
}

void Play::check_deadline() {
  if (state_ != State::playing) return;
  const Instant present = now();
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const PlanStep& step = plan_.steps[i];
    if (step.to != plan_.node || steps_[i].received || present < last_event_ + step.timeout) continue;
    return fail(static_cast<std::int64_t>(i), fmt::format("missing: nothing came within {}", to_text(step.timeout)));
  }
  watch();
}

void Play::fail(std::int64_t step, const std::string& why) {
  if (state_ == State::complete || state_ == State::failed) return;
  report_.failed_step = step;
  report_.failure = why;
  end(State::failed);
}

void Play::end(State state) {
  state_ = state;
  stop_timers();
  if (state == State::failed) end_commands();
  for (const StepState& step : steps_) {
    if (step.seen.transmissions > 0 || step.received) report_.steps.push_back(step.seen);
  }
  outlet_.report(report_);
}

void Play::abandon() {
  fail(-1, "abandoned");
  end_commands();  // of a part that was over before, too
}

// What a failed handover began does not go on into the next one.
void Play::end_commands() {
  for (const auto& end : std::exchange(end_commands_, {})) end();
}

void Play::stop_timers() {
  const auto stop = [this](std::optional<Loop::TimerId>& timer) {
    if (timer) loop_.cancel(*std::exchange(timer, std::nullopt));
  };
  stop(begin_timer_);
  stop(watchdog_);
  for (StepState& step : steps_) stop(step.timer);
}

void Play::anomaly(std::int64_t step, std::string kind, std::string text) {
  outlet_.anomaly({plan_.handover, plan_.node, step, std::move(kind), std::move(text)});
}

}  // namespace segue::mechanism
