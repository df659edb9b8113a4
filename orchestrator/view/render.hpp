// A picture as a grid of the size of the screen. Pure: the same picture and size, the same grid.
//
// From 70 columns by 18 rows on: the topology beside voice and throughput (of a lab that is up) or beside the runs, the
// last handovers below. Under that: one above the other, and what tells least is left out.
#pragma once

#include <string_view>

#include "orchestrator/view/grid.hpp"
#include "orchestrator/view/picture.hpp"

namespace segue::view {

// `keys` says what keys do.
Grid render(const Picture& picture, int columns, int rows, std::string_view keys);

}  // namespace segue::view
