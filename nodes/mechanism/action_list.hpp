// Actions that are done one after the other, whatever they are.
#pragma once

#include <memory>
#include <vector>

#include "nodes/base/clock.hpp"
#include "nodes/mechanism/world.hpp"

namespace segue::mechanism {

class ActionList {
 public:
  // Prepares all of them; throws Error.
  ActionList(World& world, const std::vector<protocol::Action>& actions);

  // Once. Each begins when the one before it is done, the first at once; a failure is the last of it. `over` may be
  // called from within; once this object has gone or was ended it is not called any more.
  void start(Prepared::Done over);

  // Ends what goes on, the first time; what has not begun does not begin. What goes on when this object goes away goes on.
  void end();

  // From the start to the end of the last action that is done; 0 if none is.
  Delay took() const noexcept;

 private:
  struct Progress;
  static void go_on(const std::shared_ptr<Progress>& progress);

  std::shared_ptr<Progress> progress_;  // which the answer to an action may find gone
};

}  // namespace segue::mechanism
