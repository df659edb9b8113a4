#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <set>
#include <vector>

#include "nodes/base/error.hpp"
#include "nodes/mechanism/player.hpp"

using namespace segue;
using namespace segue::mechanism;
using namespace std::chrono_literals;
using protocol::Plan;
using protocol::PlanReport;
using protocol::PlanStep;
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
    for (auto& actor : actors_)
      actor->player.prepare({.handover = 1, .node = actor->node, .start_execute = start_execute, .steps = steps});
    const Instant start = now() + 1ms;
    for (auto& actor : actors_) actor->player.begin(1, start);
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
  std::string start_execute;
  std::vector<std::string> commands_killed;
  std::vector<PlanReport> reports;
  std::vector<protocol::Anomaly> anomalies;
  int answers_lost = 0;

 private:
  struct Actor : World {
    Actor(Stage& stage, std::uint32_t number)
        : stage(stage),
          node(number),
          player(stage.loop, *this, number,
                 {.report = [&stage](const auto& report) { stage.reports.push_back(report); },
                  .anomaly = [&stage](const auto& anomaly) { stage.anomalies.push_back(anomaly); }}) {}

    void send(const PlanStep& step, Way way, const Signal& signal) override {
      if (way == Way::forth && stage.lost.contains({signal.step, signal.attempt})) return;
      if (way == Way::back && stage.answers_lost > 0) {
        --stage.answers_lost;
        return;
      }
      Actor& other = *stage.actors_.at(way == Way::forth ? step.to : step.from);
      stage.loop.at(now(), [&other, signal] { other.player.receive(signal, now()); });
    }

    std::function<void()> prepare_routes(const std::vector<netlink::Route>& routes) override {
      return [this, routes] {
        for (const auto& route : routes) {
          if (route.device == "gone") throw Error("replace route: no such device");
          stage.routes_set.emplace_back(node, to_text(route.destination));
        }
      };
    }

    std::function<void()> execute(const std::string& command, std::function<void(const std::string&)> ended) override {
      stage.commands.push_back(command);
      if (!stage.commands_go_on)
        stage.loop.at(now(), [ended = std::move(ended), this] { ended(stage.command_failure); });
      return [this, command] { stage.commands_killed.push_back(command); };
    }

    Stage& stage;
    std::uint32_t node;
    Player player;
  };

  std::vector<std::unique_ptr<Actor>> actors_;
};

// Times that a machine which stalls for some hundredths of a second keeps apart.
PlanStep step(std::string name, std::uint32_t from, std::uint32_t to, std::vector<std::uint32_t> after) {
  PlanStep result;
  result.name = std::move(name);
  result.message = result.name + " message";
  result.from = from;
  result.to = to;
  result.timeout = 500ms;
  result.retry_after = 50ms;
  result.after = std::move(after);
  return result;
}

}  // namespace

TEST_CASE("steps follow each other across nodes, and each waits for the processing of the one before it") {
  Stage stage(3);
  auto steps = std::vector{step("prepare", 0, 1, {}), step("acknowledge", 1, 0, {0}), step("command", 0, 2, {1})};
  steps[0].delay = 2ms;
  stage.perform(steps);
  CHECK(stage.report_of(0).failure.empty());
  const auto& prepared = stage.report_of(1).steps.at(0);
  const auto& acknowledged = stage.report_of(1).steps.at(1);
  CHECK(prepared.done_ns - prepared.received_ns >= 2'000'000);
  CHECK(acknowledged.sent_ns >= prepared.done_ns);
  CHECK(stage.report_of(2).steps.at(0).received_ns >= stage.report_of(0).steps.at(1).done_ns);
  CHECK(stage.anomalies.empty());
}

TEST_CASE("branches run in parallel and a step waits for all it comes after") {
  Stage stage(3);
  auto steps = std::vector{step("home test", 0, 1, {}), step("care-of test", 0, 2, {}), step("home reply", 1, 0, {0}),
                           step("care-of reply", 2, 0, {1}), step("binding update", 0, 2, {2, 3})};
  steps[0].delay = 4ms;
  stage.perform(steps);
  const auto& mobile = stage.report_of(0);
  CHECK(mobile.failure.empty());
  const auto sent = mobile.steps.at(4).sent_ns;
  CHECK(sent >= mobile.steps.at(2).done_ns);
  CHECK(sent >= mobile.steps.at(3).done_ns);
}

TEST_CASE("routes are set where the message was received, then the command runs, then the step is done") {
  Stage stage(2);
  auto steps = std::vector{step("success", 0, 1, {})};
  steps[0].routes = {{.destination = parse_prefix("fd00::1/128"), .device = "ar2"}};
  steps[0].execute = "true";
  stage.perform(steps);
  CHECK(stage.routes_set == std::vector<std::pair<std::uint32_t, std::string>>{{1, "fd00::1/128"}});
  CHECK(stage.commands == std::vector<std::string>{"true"});
  CHECK(stage.report_of(1).steps.at(0).route_ns > 0);
}

TEST_CASE("when the prepare is lost then the handover fails at step 0") {
  Stage stage(2);
  stage.lost = {{0, 0}};
  stage.perform({step("prepare", 0, 1, {}), step("acknowledge", 1, 0, {0})});
  CHECK(stage.report_of(1).failed_step == 0);
  CHECK(stage.report_of(1).failure == "missing: nothing came within 500ms");
}

TEST_CASE("when the prepare is lost and may be repeated then the second one does it") {
  Stage stage(2);
  stage.lost = {{0, 0}};
  auto steps = std::vector{step("prepare", 0, 1, {}), step("acknowledge", 1, 0, {0})};
  steps[0].retries = 2;
  stage.perform(steps);
  CHECK(stage.report_of(0).failure.empty());
  CHECK(stage.report_of(1).failure.empty());
  CHECK(stage.report_of(0).steps.at(0).transmissions == 2);
}

TEST_CASE("when an acknowledgement is lost then the repetition is answered and not processed twice") {
  Stage stage(2);
  stage.answers_lost = 1;
  auto steps = std::vector{step("prepare", 0, 1, {})};
  steps[0].retries = 2;
  steps[0].execute = "count";
  stage.perform(steps);
  CHECK(stage.report_of(0).failure.empty());
  CHECK(stage.commands.size() == 1);
}

TEST_CASE("when every transmission is lost then the sender says so") {
  Stage stage(2);
  stage.lost = {{0, 0}, {0, 1}, {0, 2}};
  auto steps = std::vector{step("prepare", 0, 1, {})};
  steps[0].retries = 2;
  steps[0].timeout = 150ms;
  stage.perform(steps);
  CHECK(stage.report_of(0).failure == "unanswered after 3 transmissions");
}

TEST_CASE("a sender that continues after its own step waits until the receiver has processed it") {
  Stage stage(3);
  auto steps = std::vector{step("success", 0, 1, {}), step("handover success", 0, 2, {0})};
  steps[0].confirmed = true;
  steps[0].delay = 3ms;
  stage.perform(steps);
  CHECK(stage.report_of(0).steps.at(1).sent_ns >= stage.report_of(1).steps.at(0).done_ns);
}

TEST_CASE("when a route cannot be set then the step fails with the kernel's reason") {
  Stage stage(2);
  auto steps = std::vector{step("success", 0, 1, {})};
  steps[0].routes = {{.destination = parse_prefix("fd00::1/128"), .device = "gone"}};
  stage.perform(steps);
  CHECK(stage.report_of(1).failure == "replace route: no such device");
}

TEST_CASE("when a command fails then the step fails with what it said") {
  Stage stage(2);
  stage.command_failure = "execute \"false\": exit status 1";
  auto steps = std::vector{step("success", 0, 1, {})};
  steps[0].execute = "false";
  stage.perform(steps);
  CHECK(stage.report_of(1).failure == stage.command_failure);
}

TEST_CASE("when a handover fails elsewhere and is abandoned, the command that it has begun is ended") {
  Stage stage(2);
  stage.commands_go_on = true;
  auto steps = std::vector{step("success", 0, 1, {}), step("done", 1, 0, {0})};
  steps[0].execute = "for ever";
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
  stage.start_execute = "a daemon";
  stage.perform({step("success", 0, 1, {})});
  CHECK(stage.commands.size() == 2);
  CHECK(stage.commands_killed.empty());
}

TEST_CASE("a message with another text, for another node or of no known handover is reported and ignored") {
  Stage stage(1);
  Loop& loop = stage.loop;
  struct Deaf : World {
    void send(const PlanStep&, Way, const Signal&) override {}
    std::function<void()> prepare_routes(const std::vector<netlink::Route>&) override {
      return [] {};
    }
    std::function<void()> execute(const std::string&, std::function<void(const std::string&)>) override {
      return [] {};
    }
  } deaf;
  std::vector<std::string> kinds;
  std::vector<PlanReport> reports;
  Player player(loop, deaf, 1,
                {.report = [&](const auto& report) { reports.push_back(report); },
                 .anomaly = [&](const auto& anomaly) { kinds.push_back(anomaly.kind); }});
  player.receive({.step = 0, .handover = 77, .text = "x"}, now());
  player.prepare({.handover = 1, .node = 1, .steps = {step("a", 0, 1, {}), step("b", 1, 0, {0})}});
  player.begin(1, now());
  player.receive({.step = 0, .handover = 1, .text = "another text"}, now());
  player.receive({.step = 1, .handover = 1, .text = "b message"}, now());
  player.receive({.step = 9, .handover = 1, .text = "b message"}, now());
  CHECK(kinds == std::vector<std::string>{"unexpected", "mismatched", "unexpected", "unexpected"});
  while (reports.empty()) REQUIRE(loop.run_once(5s));
  player.receive({.step = 0, .handover = 1, .text = "a message"}, now());
  CHECK(kinds.back() == "late");
}
