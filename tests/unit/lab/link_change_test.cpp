#include "orchestrator/lab/link_change.hpp"

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nodes/base/error.hpp"

using namespace segue;
using namespace segue::lab;
using namespace std::chrono_literals;
using link::Direction;
using link::Impairments;

namespace {

// Refuses a loss of 100 %: at once, or as segue-wire does, when it is settled.
class Choosy final : public link::Engine {
 public:
  explicit Choosy(bool late) : late_(late) {}

  std::string_view name() const override { return "choosy"; }
  link::LinkId connect(const link::LinkSpec&) override { return {}; }
  void disconnect(link::LinkId) override {}
  void change(link::LinkId, Direction direction, const Impairments& impairments) override {
    if (impairments.loss.value < 1) {
      in_force[direction] = impairments;
    } else if (late_) {
      pending_ = true;
    } else {
      throw Error("too much is lost");
    }
  }
  void settle() override {
    if (std::exchange(pending_, false)) throw Error("too much is lost");
  }
  Impairments read_back(link::LinkId, Direction direction) override { return in_force[direction]; }
  link::LinkCounters counters(link::LinkId, Direction) override { return {}; }
  link::Histogram lateness() override { return {}; }
  void reset_lateness() override {}
  void attend(bool) override {}
  std::optional<LateEvents> late() override { return {}; }
  std::vector<link::LossEvent> losses() override { return {}; }
  std::vector<std::string> remarks() override { return {}; }

  std::map<Direction, Impairments> in_force{{Direction::a_to_b, {.delay = 1ms}}, {Direction::b_to_a, {.delay = 2ms}}};

 private:
  bool late_;
  bool pending_ = false;
};

}  // namespace

TEST_CASE("a change holds in both directions when the engine agrees to both") {
  Choosy engine(true);
  const std::array changes{LinkChange{Direction::a_to_b, {.delay = 1ms}, {.delay = 5ms}},
                           LinkChange{Direction::b_to_a, {.delay = 2ms}, {.delay = 6ms}}};
  change_all(engine, {}, changes);
  CHECK(engine.in_force[Direction::a_to_b].delay == 5ms);
  CHECK(engine.in_force[Direction::b_to_a].delay == 6ms);
}

TEST_CASE("what the engine refuses in one direction is in force in neither, however late it says so") {
  for (const bool late : {false, true}) {
    for (const bool second : {false, true}) {
      CAPTURE(late);
      CAPTURE(second);
      Choosy engine(late);
      std::array changes{LinkChange{Direction::a_to_b, {.delay = 1ms}, {.delay = 5ms}},
                         LinkChange{Direction::b_to_a, {.delay = 2ms}, {.delay = 6ms}}};
      changes[second ? 1 : 0].after.loss = {1};
      CHECK_THROWS_WITH_AS(change_all(engine, {}, changes), "too much is lost", Error);
      CHECK(engine.in_force[Direction::a_to_b].delay == 1ms);
      CHECK(engine.in_force[Direction::b_to_a].delay == 2ms);
      CHECK_NOTHROW(engine.settle());  // nothing is left for the next who asks
      changes[second ? 1 : 0].after.loss = {0};
      change_all(engine, {}, changes);
      CHECK(engine.in_force[Direction::b_to_a].delay == 6ms);
    }
  }
}
