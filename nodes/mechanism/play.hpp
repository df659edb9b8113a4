// One node's part in one handover: sends, receives, processes, sets routes, and says what it saw when.
//
// A step that this node sends leaves as soon as every step it comes after is done here: received here and processed, or
// sent from here and confirmed. What this node awaits must come within the step's timeout, counted from the last thing
// that happened here (the paper's table 1: "timeout on receiving side").
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nodes/base/loop.hpp"
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

  Play(Loop& loop, World& world, protocol::Plan plan, Outlet outlet);
  ~Play();
  Play(const Play&) = delete;
  Play& operator=(const Play&) = delete;

  void begin(Instant at);
  void receive(const signalling::Signal& signal, Instant stamp);
  void abandon();  // reports what it has seen, if it is not over

 private:
  enum class State { prepared, playing, complete, failed };

  struct StepState {
    bool received = false;
    bool done = false;  // processed here
    bool sent = false;
    bool answered = false;  // acknowledged or confirmed, whichever its sender waits for
    std::uint8_t attempt = 0;
    std::function<void()> set_routes;
    std::optional<Loop::TimerId> timer;
    protocol::StepReport seen;
  };

  void start();
  void advance();
  bool may_send(std::uint32_t step) const;
  void transmit(std::uint32_t step);
  void on_message(const signalling::Signal& signal, Instant stamp);
  void on_answer(const signalling::Signal& signal);
  void process(std::uint32_t step);
  void finish(std::uint32_t step);
  void answer(std::uint32_t step, signalling::Signal::Kind kind);
  void end_if_complete();
  void watch();
  void check_deadline();
  void fail(std::int64_t step, const std::string& why);
  void end(State state);
  void stop_timers();
  void end_commands();
  void anomaly(std::int64_t step, std::string kind, std::string text);

  Loop& loop_;
  World& world_;
  protocol::Plan plan_;
  Outlet outlet_;
  State state_ = State::prepared;
  std::vector<StepState> steps_;
  std::function<void()> set_start_routes_;
  std::vector<std::function<void()>> end_commands_;  // one for each that was begun
  std::optional<Loop::TimerId> begin_timer_;
  std::optional<Loop::TimerId> watchdog_;
  Instant last_event_{};
  protocol::PlanReport report_;
  std::shared_ptr<Play*> self_;  // what a command that ends after us must not reach
};

}  // namespace segue::mechanism
