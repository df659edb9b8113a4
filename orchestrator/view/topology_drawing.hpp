// A lab's topology in a pane: a drawing where it fits, else a list of its nodes.
#pragma once

#include "orchestrator/view/grid.hpp"
#include "orchestrator/view/picture.hpp"

namespace segue::view {

struct Size {
  int columns = 0;
  int rows = 0;
};

// What a drawing takes, at most `room`; {0, 0} if none fits into it.
Size topology_size(const Picture& picture, const Size& room);

void draw_topology(const Pane& pane, const Picture& picture);

}  // namespace segue::view
