// The parts of a live view. Each draws into the pane it is given, and makes do with little.
#pragma once

#include <string_view>

#include "orchestrator/view/grid.hpp"
#include "orchestrator/view/picture.hpp"

namespace segue::view {

void draw_title(const Pane& pane, const Picture& picture);        // one row
void draw_attachments(const Pane& pane, const Picture& picture);  // one row: where each mobile is
void draw_handovers(const Pane& pane, const Picture& picture);    // newest first
void draw_flows(const Pane& pane, const Picture& picture);        // three rows
void draw_throughput(const Pane& pane, const Picture& picture);   // two rows a probe are enough, one will do
void draw_runs(const Pane& pane, const Picture& picture);         // those under way, and what else fits
void draw_verdict(const Pane& pane, const Picture& picture);      // one row; trouble takes its place
void draw_footer(const Pane& pane, const Picture& picture, std::string_view keys);  // one row

}  // namespace segue::view
