// One node's part in one handover: sends, receives, waits, does what its steps ask for, and says what it saw when.
//
// A step begins here as soon as every step it comes after is over here: done here, or sent from here and confirmed. What
// this node awaits must come within the step's timeout, counted from the last thing that happened here (the paper's
// table 1: "timeout on receiving side"); while it waits of its own accord that has not happened yet.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "nodes/base/loop.hpp"
#include "nodes/mechanism/action_list.hpp"
#include "nodes/mechanism/world.hpp"
#include "nodes/protocol/plan.hpp"
#include "nodes/signalling/signal.hpp"

namespace segue::mechanism {

class Play {
 public:
  struct Outlet {
    std::function<void(const protocol::PlanReport&)> report;  // once, when this part has ended
    std::function<void(const protocol::Anomaly&)> anomaly;
  };

  // Prepares every action; throws Error.
  Play(Loop& loop, World& world, protocol::Plan plan, Outlet outlet);
  ~Play();
  Play(const Play&) = delete;
  Play& operator=(const Play&) = delete;

  void begin(Instant at);
  void receive(const signalling::Signal& signal, Instant stamp);
  void abandon();  // reports what it has seen, if it is not over
  bool over() const noexcept { return state_ == State::complete || state_ == State::failed; }

 private:
  enum class State { prepared, playing, complete, failed };

  // A step as far as this node is concerned.
  struct Turn {
    const protocol::PlanStep& step;
    const protocol::Message* message = nullptr;  // null: it is a wait
    bool begins_here = false;
    bool done_here = false;

    bool begun = false;     // sent, or waiting
    bool received = false;  // and being processed
    bool done = false;
    bool answered = false;  // acknowledged or confirmed, whichever its sender waits for
    std::uint8_t attempt = 0;
    std::optional<ActionList> actions;  // where it is done here
    std::optional<Loop::TimerId> timer;
    protocol::StepReport seen;
  };

  void take_turn_in(const protocol::PlanStep& step);
  void start();
  void advance();
  bool may_begin(const Turn& turn) const;
  void transmit(Turn& turn);
  std::string text_of(const protocol::Message& message) const;
  bool take_text(const protocol::Message& message, const std::string& text);
  void wait(Turn& turn);
  void on_message(Turn& turn, const signalling::Signal& signal, Instant stamp);
  void on_answer(Turn& turn, const signalling::Signal& signal);
  void process(Turn& turn);
  void finish(Turn& turn);
  void answer(const Turn& turn, signalling::Signal::Kind kind);
  void end_if_complete();
  void watch();
  void check_deadline();
  void fail(std::int64_t step, const std::string& why);
  void end(State state);
  void stop_timers();
  void end_actions();
  void anomaly(std::int64_t step, std::string kind, std::string text);

  Loop& loop_;
  World& world_;
  const protocol::Plan plan_;
  Outlet outlet_;
  State state_ = State::prepared;
  std::map<std::uint32_t, Turn> turns_;  // by the step's number
  ActionList start_actions_;
  int waits_ = 0;  // that go on
  std::optional<Loop::TimerId> begin_timer_;
  std::optional<Loop::TimerId> watchdog_;
  Instant last_event_{};
  protocol::PlanReport report_;
};

}  // namespace segue::mechanism
