#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "nodes/base/error.hpp"
#include "nodes/mechanism/player.hpp"

using namespace segue;
using namespace segue::mechanism;
using namespace std::chrono_literals;
using protocol::Action;
using protocol::Endpoint;
using protocol::Execute;
using protocol::Message;
using protocol::NetworkEndpoint;
using protocol::PlanReport;
using protocol::PlanStep;
using protocol::SetRoutes;
using signalling::Signal;

namespace {

// A few nodes in one loop, joined by a network that takes no time and loses what it is told to.
class Stage {
 public:
  explicit Stage(std::uint32_t nodes) {
    for (std::uint32_t node = 0; node < nodes; ++node) {
      actors_.push_back(std::make_unique<Actor>(*this, node));
    }
  }

  void begin(const std::vector<PlanStep>& steps) {
    for (auto& actor : actors_) {
      std::vector<PlanStep> part;
      for (const PlanStep& step : steps) {
        if (begins_at(step) == actor->node || done_at(step) == actor->node) part.push_back(step);
      }
      actor->player.prepare({.handover = 1, .node = actor->node, .start = start, .steps = part});
    }
    const Instant at = now() + 1ms;
    for (auto& actor : actors_) actor->player.begin(1, at);
  }
  void await_reports(std::size_t count) {
    while (reports.size() < count) REQUIRE(loop.run_once(5s));
  }
  void perform(const std::vector<PlanStep>& steps) {
    begin(steps);
    await_reports(actors_.size());
  }
  void abandon() {
    for (auto& actor : actors_) actor->player.abandon(1);
  }

  const PlanReport& report_of(std::uint32_t node) const {
    return *std::find_if(reports.begin(), reports.end(), [node](const auto& report) { return report.node == node; });
  }

  Loop loop;
  std::set<std::pair<std::uint16_t, std::uint8_t>> lost;          // step, attempt
  std::vector<std::pair<std::uint32_t, std::string>> routes_set;  // node, destination
  std::string command_failure;
  std::vector<std::string> commands;
  bool commands_go_on = false;
  std::vector<Action> start;
  std::vector<std::string> commands_killed;
  std::vector<PlanReport> reports;
  std::vector<protocol::Anomaly> anomalies;
  int answers_lost = 0;
  std::map<std::uint32_t, std::string> known;  // by node: what the mobile has received

 private:
  struct Actor : World {
    Actor(Stage& stage, std::uint32_t number)
        : stage(stage),
          node(number),
          player(stage.loop, *this, number,
                 {.report = [&stage](const auto& report) { stage.reports.push_back(report); },
                  .anomaly = [&stage](const auto& anomaly) { stage.anomalies.push_back(anomaly); }}) {}

    void send(const Endpoint& to, const Signal& signal) override {
      const bool is_message = signal.kind == Signal::Kind::message;
      if (is_message && stage.lost.contains({signal.step, signal.attempt})) return;
      if (!is_message && stage.answers_lost > 0) {
        --stage.answers_lost;
        return;
      }
      Actor& other = *stage.actors_.at(std::get<NetworkEndpoint>(to).to.bytes[15]);
      stage.loop.at(now(), [&other, signal] { other.player.receive(signal, now()); });
    }

    std::string delivered(std::uint64_t) const override { return stage.known[node]; }
    void note_delivered(std::uint64_t, const std::string& packet) override { stage.known[node] = packet; }

    std::unique_ptr<Prepared> prepare(const Action& action) override {
      if (const auto* routes = std::get_if<SetRoutes>(&action)) return std::make_unique<Routes>(*this, *routes);
      return std::make_unique<Command>(stage, std::get<Execute>(action).command);
    }

    struct Routes : Prepared {
      Routes(Actor& of, SetRoutes what) : actor(of), action(std::move(what)) {}
      void start(Done done) override {
        for (const auto& route : action.routes) {
          if (route.device == "gone") return done("replace route: no such device");
          actor.stage.routes_set.emplace_back(actor.node, to_text(route.destination));
        }
        done("");
      }
      Actor& actor;
      SetRoutes action;
    };

    struct Command : Prepared {
      Command(Stage& on, std::string what) : stage(on), command(std::move(what)) {}
      void start(Done done) override {
        stage.commands.push_back(command);
        if (stage.commands_go_on) return;
        stage.loop.at(now(), [&stage = stage, done = std::move(done)] { done(stage.command_failure); });
      }
      void end() override { stage.commands_killed.push_back(command); }
      Stage& stage;
      std::string command;
    };

    Stage& stage;
    std::uint32_t node;
    Player player;
  };

  std::vector<std::unique_ptr<Actor>> actors_;
};

Address address_of(std::uint32_t node) {
  Address address;
  address.bytes[15] = static_cast<std::uint8_t>(node);
  return address;
}

// Times that a machine which stalls for some hundredths of a second keeps apart.
PlanStep step(std::uint32_t number, std::string name, std::uint32_t from, std::uint32_t to,
              std::vector<std::uint32_t> after) {
  Message message{.text = name + " message",
                  .from = from,
                  .to = to,
                  .forth = NetworkEndpoint{address_of(from), address_of(to)},
                  .back = NetworkEndpoint{address_of(to), address_of(from)},
                  .timeout = 500ms,
                  .retry_after = 50ms};
  return {.number = number, .name = std::move(name), .after = std::move(after), .content = std::move(message)};
}

PlanStep wait(std::uint32_t number, std::string name, std::uint32_t at, Delay time, std::vector<std::uint32_t> after) {
  return {.number = number, .name = std::move(name), .after = std::move(after), .content = protocol::Wait{at, time}};
}

Message& message(PlanStep& step) { return std::get<Message>(step.content); }

Action route_by(const char* device) {
  return SetRoutes{{{.destination = parse_prefix("fd00::1/128"), .device = device}}};
}

}  // namespace

TEST_CASE("steps follow each other across nodes, and each waits for the processing of the one before it") {
  Stage stage(3);
  auto steps =
      std::vector{step(0, "prepare", 0, 1, {}), step(1, "acknowledge", 1, 0, {0}), step(2, "command", 0, 2, {1})};
  message(steps[0]).delay = 2ms;
  stage.perform(steps);
  CHECK(stage.report_of(0).failure.empty());
  const auto& prepared = stage.report_of(1).steps.at(0);
  const auto& acknowledged = stage.report_of(1).steps.at(1);
  CHECK(prepared.done_ns - prepared.received_ns >= 2'000'000);
  CHECK(acknowledged.sent_ns >= prepared.done_ns);
  const auto& command = stage.report_of(2).steps.at(0);
  CHECK(command.step == 2);  // the mechanism's number, though the node has no other step
  CHECK(command.received_ns >= stage.report_of(0).steps.at(1).done_ns);
  CHECK(stage.anomalies.empty());
}

TEST_CASE("branches run in parallel and a step waits for all it comes after") {
  Stage stage(3);
  auto steps =
      std::vector{step(0, "home test", 0, 1, {}), step(1, "care-of test", 0, 2, {}), step(2, "home reply", 1, 0, {0}),
                  step(3, "care-of reply", 2, 0, {1}), step(4, "binding update", 0, 2, {2, 3})};
  message(steps[0]).delay = 4ms;
  stage.perform(steps);
  const auto& mobile = stage.report_of(0);
  CHECK(mobile.failure.empty());
  const auto sent = mobile.steps.at(4).sent_ns;
  CHECK(sent >= mobile.steps.at(2).done_ns);
  CHECK(sent >= mobile.steps.at(3).done_ns);
}

TEST_CASE("routes are set where the message was received, then the command runs, then the step is done") {
  Stage stage(2);
  auto steps = std::vector{step(0, "success", 0, 1, {})};
  steps[0].on_done = {route_by("ar2")};
  steps[0].on_done.emplace_back(Execute{"true"});
  stage.perform(steps);
  CHECK(stage.routes_set == std::vector<std::pair<std::uint32_t, std::string>>{{1, "fd00::1/128"}});
  CHECK(stage.commands == std::vector<std::string>{"true"});
  CHECK(stage.report_of(1).steps.at(0).route_ns > 0);
}

TEST_CASE("a node that waits does what is to be done after that, and then goes on") {
  Stage stage(2);
  auto steps = std::vector{step(0, "command", 1, 0, {}), wait(1, "switch", 0, 5ms, {0}), step(2, "attach", 0, 1, {1})};
  steps[1].on_done = {route_by("ar2")};
  stage.perform(steps);
  const auto& mobile = stage.report_of(0).steps;
  REQUIRE(mobile.size() == 3);
  CHECK(mobile[1].sent_ns >= mobile[0].done_ns);
  CHECK(mobile[1].done_ns - mobile[1].sent_ns >= 5'000'000);
  CHECK(mobile[1].received_ns == 0);
  CHECK(mobile[1].transmissions == 0);
  CHECK(mobile[2].sent_ns >= mobile[1].done_ns);
  CHECK(stage.routes_set.size() == 1);
  CHECK(stage.report_of(1).steps.size() == 2);
}

TEST_CASE("a node that waits longer than it has patience for the message after that does not miss it meanwhile") {
  Stage stage(2);
  auto steps = std::vector{wait(0, "switch", 0, 150ms, {}), step(1, "attach", 0, 1, {0}), step(2, "accept", 1, 0, {1})};
  message(steps[2]).timeout = 100ms;
  stage.perform(steps);
  CHECK(stage.report_of(0).failure.empty());
  CHECK(stage.report_of(1).failure.empty());
}

TEST_CASE("a plan whose step comes after one that its node has no part in is refused") {
  Stage stage(2);
  CHECK_THROWS_WITH_AS(stage.begin({step(3, "attach", 0, 1, {1})}),
                       "prepare step \"attach\": node 0 has no part in step 2, which it comes after", Error);
}

TEST_CASE("when the prepare is lost then the handover fails at step 0") {
  Stage stage(2);
  stage.lost = {{0, 0}};
  stage.perform({step(0, "prepare", 0, 1, {}), step(1, "acknowledge", 1, 0, {0})});
  CHECK(stage.report_of(1).failed_step == 0);
  CHECK(stage.report_of(1).failure == "missing: nothing came within 500ms");
}

TEST_CASE("when the prepare is lost and may be repeated then the second one does it") {
  Stage stage(2);
  stage.lost = {{0, 0}};
  auto steps = std::vector{step(0, "prepare", 0, 1, {}), step(1, "acknowledge", 1, 0, {0})};
  message(steps[0]).retries = 2;
  stage.perform(steps);
  CHECK(stage.report_of(0).failure.empty());
  CHECK(stage.report_of(1).failure.empty());
  CHECK(stage.report_of(0).steps.at(0).transmissions == 2);
}

TEST_CASE("when an acknowledgement is lost then the repetition is answered and not processed twice") {
  Stage stage(2);
  stage.answers_lost = 1;
  auto steps = std::vector{step(0, "prepare", 0, 1, {})};
  message(steps[0]).retries = 2;
  steps[0].on_done.emplace_back(Execute{"count"});
  stage.perform(steps);
  CHECK(stage.report_of(0).failure.empty());
  CHECK(stage.commands.size() == 1);
}

TEST_CASE("when every transmission is lost then the sender says so") {
  Stage stage(2);
  stage.lost = {{0, 0}, {0, 1}, {0, 2}};
  auto steps = std::vector{step(0, "prepare", 0, 1, {})};
  message(steps[0]).retries = 2;
  message(steps[0]).timeout = 150ms;
  stage.perform(steps);
  CHECK(stage.report_of(0).failure == "unanswered after 3 transmissions");
}

TEST_CASE("a sender that continues after its own step waits until the receiver has processed it") {
  Stage stage(3);
  auto steps = std::vector{step(0, "success", 0, 1, {}), step(1, "handover success", 0, 2, {0})};
  message(steps[0]).confirmed = true;
  message(steps[0]).delay = 3ms;
  stage.perform(steps);
  CHECK(stage.report_of(0).steps.at(1).sent_ns >= stage.report_of(1).steps.at(0).done_ns);
}

TEST_CASE("when a route cannot be set then the step fails with the kernel's reason") {
  Stage stage(2);
  auto steps = std::vector{step(0, "success", 0, 1, {})};
  steps[0].on_done = {route_by("gone")};
  stage.perform(steps);
  CHECK(stage.report_of(1).failure == "replace route: no such device");
}

TEST_CASE("when a command fails then the step fails with what it said") {
  Stage stage(2);
  stage.command_failure = "execute \"false\": exit status 1";
  auto steps = std::vector{step(0, "success", 0, 1, {})};
  steps[0].on_done.emplace_back(Execute{"false"});
  stage.perform(steps);
  CHECK(stage.report_of(1).failure == stage.command_failure);
}

TEST_CASE("when a handover fails elsewhere and is abandoned, the command that it has begun is ended") {
  Stage stage(2);
  stage.commands_go_on = true;
  auto steps = std::vector{step(0, "success", 0, 1, {}), step(1, "done", 1, 0, {0})};
  steps[0].on_done.emplace_back(Execute{"for ever"});
  stage.begin(steps);
  stage.await_reports(1);
  CHECK(stage.report_of(0).failed_step == 1);
  CHECK(stage.commands_killed.empty());
  stage.abandon();
  CHECK(stage.commands_killed == std::vector<std::string>{"for ever"});
}

TEST_CASE("when a handover completes, what its start has begun goes on") {
  Stage stage(2);
  stage.commands_go_on = true;
  stage.start = {Execute{"a daemon"}};
  stage.perform({step(0, "success", 0, 1, {})});
  CHECK(stage.commands.size() == 2);
  CHECK(stage.commands_killed.empty());
}

TEST_CASE("the steps do not wait for a command that the start has begun, but fail with it") {
  Stage stage(2);
  stage.command_failure = "execute \"a daemon\": exit status 1";
  stage.start = {route_by("ar1"), Execute{"a daemon"}};
  auto steps = std::vector{wait(0, "switch", 0, 50ms, {}), step(1, "attach", 0, 1, {0})};
  stage.perform(steps);
  CHECK(stage.routes_set.size() == 2);
  CHECK(stage.report_of(0).start_route_ns > 0);
  CHECK(stage.report_of(0).failed_step == -1);
  CHECK(stage.report_of(0).failure == stage.command_failure);
  CHECK(stage.report_of(0).steps.size() == 1);  // the wait had begun
}

TEST_CASE("a message with another text, for another node or of no known handover is reported and ignored") {
  Stage stage(1);
  Loop& loop = stage.loop;
  struct Deaf : World {
    void send(const Endpoint&, const Signal&) override {}
    std::unique_ptr<Prepared> prepare(const Action&) override { throw Error("nothing can be done here"); }
  } deaf;
  std::vector<std::string> kinds;
  std::vector<PlanReport> reports;
  Player player(loop, deaf, 1,
                {.report = [&](const auto& report) { reports.push_back(report); },
                 .anomaly = [&](const auto& anomaly) { kinds.push_back(anomaly.kind); }});
  player.receive({.step = 0, .handover = 77, .text = "x"}, now());
  player.prepare({.handover = 1, .node = 1, .steps = {step(0, "a", 0, 1, {}), step(1, "b", 1, 0, {0})}});
  player.begin(1, now());
  player.receive({.step = 0, .handover = 1, .text = "another text"}, now());
  player.receive({.step = 1, .handover = 1, .text = "b message"}, now());
  player.receive({.step = 9, .handover = 1, .text = "b message"}, now());
  CHECK(kinds == std::vector<std::string>{"unexpected", "mismatched", "unexpected", "unexpected"});
  while (reports.empty()) REQUIRE(loop.run_once(5s));
  player.receive({.step = 0, .handover = 1, .text = "a message"}, now());
  CHECK(kinds.back() == "late");
}

TEST_CASE("a message that says what the mobile has received carries the sender's knowledge to the receiver's") {
  Stage stage(2);
  PlanStep tells = step(0, "delivered", 0, 1, {});
  std::get<Message>(tells.content).tells_delivered = true;
  stage.known[0] = "0123456789abcdef";
  stage.perform({tells});
  CHECK(stage.reports[0].failure.empty());
  CHECK(stage.reports[1].failure.empty());
  CHECK(stage.known[1] == "0123456789abcdef");

  Stage ignorant(2);
  ignorant.known[1] = "before";
  ignorant.perform({tells});
  CHECK(ignorant.reports[0].failure.empty());
  CHECK(ignorant.known[1] == "before");
  CHECK(ignorant.anomalies.empty());
}

TEST_CASE("handovers that are over are forgotten in time, and those that go on are not, however many there are") {
  Loop loop;
  struct Silent : World {
    void send(const Endpoint&, const Signal&) override {}
    std::unique_ptr<Prepared> prepare(const Action&) override { throw Error("nothing can be done here"); }
  } silent;
  Player player(loop, silent, 1, {.report = [](const auto&) {}, .anomaly = [](const auto&) {}});
  const auto plan = [](std::uint64_t handover) {
    return protocol::Plan{.handover = handover, .node = 1, .steps = {step(0, "a", 0, 1, {})}};
  };
  constexpr std::uint64_t many = 100;
  for (std::uint64_t handover = 1; handover <= many; ++handover) player.prepare(plan(handover));
  for (std::uint64_t handover = 1; handover <= many; ++handover) player.begin(handover, now());
  for (std::uint64_t handover = 1; handover <= many; ++handover) player.abandon(handover);
  player.prepare(plan(many + 1));
  CHECK_THROWS_WITH_AS(player.begin(1, now()), "begin handover 1: it was not prepared", Error);
}
