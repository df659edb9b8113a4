#include "nodes/mechanism/action_list.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "nodes/base/error.hpp"

using namespace segue;
using namespace segue::mechanism;
using protocol::Action;
using protocol::Execute;
using protocol::SetRoutes;

namespace {

// Writes down what is asked of it. A command is done when the test answers it, any other action at once.
struct Recorder : World {
  struct One : Prepared {
    One(Recorder& to, std::string what) : recorder(to), name(std::move(what)) {
      recorder.said.push_back("prepare " + name);
    }
    void start(Done done) override {
      recorder.said.push_back("start " + name);
      if (name == "routes") return done("");
      recorder.answers.push_back(std::move(done));
    }
    void end() override { recorder.said.push_back("end " + name); }

    Recorder& recorder;
    std::string name;
  };

  void send(const protocol::Endpoint&, const signalling::Signal&) override {}
  std::unique_ptr<Prepared> prepare(const Action& action) override {
    const auto* command = std::get_if<Execute>(&action);
    if (command != nullptr && command->command == "none") throw Error("there is no such thing");
    return std::make_unique<One>(*this, command == nullptr ? "routes" : command->command);
  }

  std::vector<std::string> take() { return std::exchange(said, {}); }

  std::vector<std::string> said;
  std::vector<Prepared::Done> answers;
};

// A list, and how it ended.
struct Started {
  Started(World& world, const std::vector<Action>& actions) : list(std::in_place, world, actions) {}
  void start() {
    list->start([this](const std::string& failure) { over.push_back(failure); });
  }

  std::optional<ActionList> list;
  std::vector<std::string> over;
};

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("all actions are prepared ahead; each starts when the one before it is done, whatever it is") {
  Recorder world;
  Started actions(world, {Execute{"a"}, SetRoutes{}, Execute{"b"}});
  CHECK(world.take() == Words{"prepare a", "prepare routes", "prepare b"});
  actions.start();
  CHECK(world.take() == Words{"start a"});
  CHECK(actions.list->took() == Delay{0});
  world.answers.at(0)("");
  CHECK(world.take() == Words{"start routes", "start b"});
  CHECK(actions.list->took() > Delay{0});
  CHECK(actions.over.empty());
  world.answers.at(1)("");
  CHECK(actions.over == Words{""});
}

TEST_CASE("a list without actions is over at once, and has taken no time") {
  Recorder world;
  Started actions(world, {});
  actions.start();
  CHECK(actions.over == Words{""});
  CHECK(actions.list->took() == Delay{0});
}

TEST_CASE("when an action fails then none after it starts") {
  Recorder world;
  Started actions(world, {Execute{"a"}, SetRoutes{}});
  actions.start();
  world.answers.at(0)("exit status 1");
  CHECK(actions.over == Words{"exit status 1"});
  CHECK(world.said.back() == "start a");
}

TEST_CASE("when a list is ended then what has started is told so, nothing else starts, and nobody hears of it") {
  Recorder world;
  Started actions(world, {Execute{"a"}, Execute{"b"}});
  actions.start();
  world.take();
  actions.list->end();
  CHECK(world.take() == Words{"end a"});
  world.answers.at(0)("ended by signal 9");
  world.answers.at(0)("");
  CHECK(actions.over.empty());
  CHECK(world.take().empty());
}

TEST_CASE("an action may be done after its list has gone") {
  Recorder world;
  Started actions(world, {Execute{"a"}, Execute{"b"}});
  actions.start();
  actions.list.reset();
  world.answers.at(0)("");
  CHECK(actions.over.empty());
  CHECK(world.said.back() == "start a");
}

TEST_CASE("what cannot be prepared is refused before anything starts") {
  Recorder world;
  CHECK_THROWS_WITH_AS(ActionList(world, {SetRoutes{}, Execute{"none"}}), "there is no such thing", Error);
  CHECK(world.take() == Words{"prepare routes"});
}
