#include "nodes/mechanism/play.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "nodes/base/error.hpp"
#include "nodes/base/units.hpp"

namespace segue::mechanism {

using protocol::Message;
using protocol::PlanStep;
using signalling::Signal;

namespace {

constexpr char delivered_mark = '\0';  // no text of a message's has one

bool wants_answer(const Message& message) { return message.confirmed || message.retries > 0; }

Signal::Kind awaited_answer(const Message& message) {
  return message.confirmed ? Signal::Kind::confirm : Signal::Kind::acknowledge;
}

}  // namespace

Play::Play(Loop& loop, World& world, protocol::Plan plan, Outlet outlet)
    : loop_(loop),
      world_(world),
      plan_(std::move(plan)),
      outlet_(std::move(outlet)),
      start_actions_(world, plan_.start) {
  report_.handover = plan_.handover;
  report_.node = plan_.node;
  for (const PlanStep& step : plan_.steps) take_turn_in(step);
  for (const PlanStep& step : plan_.steps) {
    for (const auto earlier : step.after) {
      if (protocol::begins_at(step) != plan_.node || turns_.contains(earlier)) continue;
      throw Error(fmt::format("prepare step \"{}\": node {} has no part in step {}, which it comes after", step.name,
                              plan_.node, earlier + 1));
    }
  }
}

Play::~Play() { stop_timers(); }

void Play::take_turn_in(const PlanStep& step) {
  Turn turn{.step = step,
            .message = std::get_if<Message>(&step.content),
            .begins_here = protocol::begins_at(step) == plan_.node,
            .done_here = protocol::done_at(step) == plan_.node};
  turn.seen.step = step.number;
  if (turn.done_here) turn.actions.emplace(world_, step.on_done);
  turns_.emplace(step.number, std::move(turn));
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
  start_actions_.start([this](const std::string& failure) {
    if (!failure.empty()) fail(-1, failure);
  });
  report_.start_route_ns = start_actions_.took().count();
  last_event_ = now();
  advance();
  end_if_complete();
}

bool Play::may_begin(const Turn& turn) const {
  if (!turn.begins_here || turn.begun) return false;
  return std::all_of(turn.step.after.begin(), turn.step.after.end(), [this](std::uint32_t number) {
    const Turn& earlier = turns_.at(number);
    return earlier.done_here ? earlier.done : earlier.answered;
  });
}

void Play::advance() {
  for (auto& [number, turn] : turns_) {
    if (state_ != State::playing) return;
    if (!may_begin(turn)) continue;
    turn.begun = true;
    if (turn.message != nullptr) {
      transmit(turn);
    } else {
      wait(turn);
    }
  }
  watch();
}

void Play::transmit(Turn& turn) {
  const Message& message = *turn.message;
  const Signal signal{Signal::Kind::message, turn.attempt, static_cast<std::uint16_t>(turn.step.number), plan_.handover,
                      text_of(message)};
  const Instant sent = now();
  try {
    world_.send(message.forth, signal);
  } catch (const Error& error) {
    return fail(turn.step.number, error.what());
  }
  if (turn.seen.sent_ns == 0) turn.seen.sent_ns = to_ns(sent);
  ++turn.seen.transmissions;
  last_event_ = sent;
  if (!wants_answer(message)) return;
  const bool again = turn.attempt < message.retries;
  turn.timer = loop_.at(sent + (again ? message.retry_after : message.timeout), [this, &turn, again] {
    turn.timer.reset();
    if (!again) {
      return fail(turn.step.number, fmt::format("unanswered after {} transmissions", turn.seen.transmissions));
    }
    ++turn.attempt;
    transmit(turn);
  });
}

std::string Play::text_of(const Message& message) const {
  const std::string packet = message.tells_delivered ? world_.delivered(plan_.handover) : std::string();
  return packet.empty() ? message.text : message.text + delivered_mark + packet;
}

// False if it is not what `message` says.
bool Play::take_text(const Message& message, const std::string& text) {
  if (!message.tells_delivered || !text.starts_with(message.text + delivered_mark)) return text == message.text;
  world_.note_delivered(plan_.handover, text.substr(message.text.size() + 1));
  return true;
}

void Play::wait(Turn& turn) {
  last_event_ = now();
  turn.seen.sent_ns = to_ns(last_event_);
  ++waits_;
  turn.timer = loop_.at(last_event_ + std::get<protocol::Wait>(turn.step.content).time, [this, &turn] {
    turn.timer.reset();
    --waits_;
    last_event_ = now();
    process(turn);
  });
}

void Play::receive(const Signal& signal, Instant stamp) {
  const auto found = turns_.find(signal.step);
  const bool is_message = signal.kind == Signal::Kind::message;
  if (found == turns_.end() || found->second.message == nullptr) {
    return anomaly(signal.step, "unexpected", is_message ? signal.text : "an answer");
  }
  if (state_ == State::failed) return anomaly(signal.step, "late", signal.text);
  // A message can arrive before this node's own timer for the common instant of the start has fired.
  if (state_ == State::prepared) start();
  if (is_message) {
    on_message(found->second, signal, stamp);
  } else {
    on_answer(found->second, signal);
  }
}

void Play::on_message(Turn& turn, const Signal& signal, Instant stamp) {
  const Message& message = *turn.message;
  if (!turn.done_here) return anomaly(signal.step, "unexpected", signal.text);
  if (!take_text(message, signal.text)) return anomaly(signal.step, "mismatched", signal.text);
  if (message.retries > 0) answer(turn, Signal::Kind::acknowledge);
  if (turn.received) {
    // Its sender repeats what was answered: the answer was lost, or the message came twice.
    if (turn.done && message.confirmed) answer(turn, Signal::Kind::confirm);
    return;
  }
  turn.received = true;
  turn.seen.received_ns = to_ns(stamp);
  last_event_ = now();
  watch();
  if (message.delay <= Delay{0}) return process(turn);
  // Counted from the kernel's stamp, so that waking up late does not add to the processing.
  turn.timer = loop_.at(stamp + message.delay, [this, &turn] {
    turn.timer.reset();
    process(turn);
  });
}

void Play::on_answer(Turn& turn, const Signal& signal) {
  if (!turn.begins_here || !turn.begun) return anomaly(signal.step, "unexpected", "answer to " + turn.step.name);
  if (turn.answered || signal.kind != awaited_answer(*turn.message)) return;
  turn.answered = true;
  if (turn.timer) loop_.cancel(*std::exchange(turn.timer, std::nullopt));
  last_event_ = now();
  advance();
  end_if_complete();
}

void Play::process(Turn& turn) {
  turn.actions->start([this, &turn](const std::string& failure) {
    if (!failure.empty()) return fail(turn.step.number, failure);
    finish(turn);
  });
}

void Play::finish(Turn& turn) {
  if (state_ != State::playing) return;
  turn.done = true;
  last_event_ = now();
  turn.seen.done_ns = to_ns(last_event_);
  if (turn.message != nullptr && turn.message->confirmed) answer(turn, Signal::Kind::confirm);
  advance();
  end_if_complete();
}

void Play::answer(const Turn& turn, Signal::Kind kind) {
  try {
    world_.send(turn.message->back,
                {kind, 0, static_cast<std::uint16_t>(turn.step.number), plan_.handover, std::string()});
  } catch (const Error& error) {
    fail(turn.step.number, error.what());
  }
}

void Play::end_if_complete() {
  if (state_ != State::playing) return;
  for (const auto& [number, turn] : turns_) {
    if (turn.done_here && !turn.done) return;
    if (turn.begins_here && !turn.begun) return;
    if (turn.begins_here && turn.message != nullptr && wants_answer(*turn.message) && !turn.answered) return;
  }
  end(State::complete);
}

// The watchdog is armed for the earliest deadline and asks again when it fires: what happened meanwhile has moved it.
void Play::watch() {
  if (state_ != State::playing || watchdog_ || waits_ > 0) return;
  std::optional<Delay> shortest;
  for (const auto& [number, turn] : turns_) {
    if (turn.message == nullptr || !turn.done_here || turn.received) continue;
    shortest = std::min(shortest.value_or(turn.message->timeout), turn.message->timeout);
  }
  if (!shortest) return;
  watchdog_ = loop_.at(last_event_ + *shortest, [this] {
    watchdog_.reset();
    check_deadline();
  });
}

void Play::check_deadline() {
  if (state_ != State::playing || waits_ > 0) return;
  const Instant present = now();
  for (const auto& [number, turn] : turns_) {
    if (turn.message == nullptr || !turn.done_here || turn.received) continue;
    if (present < last_event_ + turn.message->timeout) continue;
    return fail(number, fmt::format("missing: nothing came within {}", to_text(turn.message->timeout)));
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
  if (state == State::failed) end_actions();
  for (auto& [number, turn] : turns_) {
    if (turn.seen.sent_ns == 0 && !turn.received) continue;
    if (turn.actions) turn.seen.route_ns = turn.actions->took().count();
    report_.steps.push_back(turn.seen);
  }
  outlet_.report(report_);
}

void Play::abandon() {
  fail(-1, "abandoned");
  end_actions();  // of a part that was over before, too
}

// What a failed handover began does not go on into the next one.
void Play::end_actions() {
  start_actions_.end();
  for (auto& [number, turn] : turns_) {
    if (turn.actions) turn.actions->end();
  }
}

void Play::stop_timers() {
  const auto stop = [this](std::optional<Loop::TimerId>& timer) {
    if (timer) loop_.cancel(*std::exchange(timer, std::nullopt));
  };
  stop(begin_timer_);
  stop(watchdog_);
  for (auto& [number, turn] : turns_) stop(turn.timer);
}

void Play::anomaly(std::int64_t step, std::string kind, std::string text) {
  outlet_.anomaly({plan_.handover, plan_.node, step, std::move(kind), std::move(text)});
}

}  // namespace segue::mechanism
