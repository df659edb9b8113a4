#include "nodes/mechanism/action_list.hpp"

#include <utility>

namespace segue::mechanism {

struct ActionList::Progress {
  std::vector<std::unique_ptr<Prepared>> actions;
  std::size_t begun = 0;
  Instant decided{};
  Delay took{0};
  bool ended = false;
  Prepared::Done over;
};

ActionList::ActionList(World& world, const std::vector<protocol::Action>& actions)
    : progress_(std::make_shared<Progress>()) {
  for (const auto& action : actions) progress_->actions.push_back(world.prepare(action));
}

void ActionList::start(Prepared::Done over) {
  progress_->decided = now();
  progress_->over = std::move(over);
  go_on(progress_);
}

void ActionList::go_on(const std::shared_ptr<Progress>& progress) {
  if (progress->begun == progress->actions.size()) return progress->over({});
  Prepared& next = *progress->actions[progress->begun++];
  next.start([answered = std::weak_ptr(progress)](const std::string& failure) {
    const auto still = answered.lock();
    if (still == nullptr || still->ended) return;
    if (!failure.empty()) return still->over(failure);
    still->took = now() - still->decided;
    go_on(still);
  });
}

void ActionList::end() {
  if (std::exchange(progress_->ended, true)) return;
  for (std::size_t i = 0; i < progress_->begun; ++i) progress_->actions[i]->end();
}

Delay ActionList::took() const noexcept { return progress_->took; }

}  // namespace segue::mechanism
