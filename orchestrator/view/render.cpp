#include "orchestrator/view/render.hpp"

#include <algorithm>

#include "orchestrator/view/parts.hpp"
#include "orchestrator/view/topology_drawing.hpp"

namespace segue::view {

namespace {

constexpr int border = 2;           // rows of a box that are not within it
constexpr int border_columns = 4;   // likewise
constexpr int least_handovers = 4;  // rows, with their heads
constexpr int voice_rows = 3;

int throughput_rows(const Picture& picture, int of_each) {
  return of_each * std::max(static_cast<int>(picture.throughput.size()), 1);
}

// The rows that the parts beside the topology can use.
int wanted_beside(const Picture& picture) {
  if (!picture.runs.empty()) return static_cast<int>(picture.runs.size()) + 1;
  return voice_rows + border + throughput_rows(picture, 2);
}

void draw_beside(const Pane& pane, const Picture& picture) {
  if (!picture.runs.empty()) {
    draw_runs(pane.boxed("Runs"), picture);
    return;
  }
  const int voice = voice_rows + border;
  draw_flows(pane.part(0, 0, pane.columns(), voice).boxed("Voice"), picture);
  draw_throughput(pane.part(0, voice, pane.columns(), pane.rows() - voice).boxed("Throughput"), picture);
}

// A row for the title above and two for the verdict and the keys below are not in `pane`.
void draw_wide(const Pane& pane, const Picture& picture) {
  const Size room{pane.columns() * 2 / 5 - border_columns, pane.rows() - 2 * border - least_handovers};
  const Size drawing = topology_size(picture, room);
  const bool list = drawing.rows == 0;
  const int wanted = list ? static_cast<int>(picture.nodes.size()) : drawing.rows;
  const int rows = std::clamp(std::max(wanted, wanted_beside(picture)), 1, room.rows) + border;
  // Runs have a lot to say in a row.
  const int most = picture.runs.empty() ? room.columns : std::max(drawing.columns, pane.columns() / 5);
  const int columns = (list ? most : std::min(std::max(drawing.columns + 4, 24), most)) + border_columns;
  draw_topology(pane.part(0, 0, columns, rows).boxed("Topology"), picture);
  draw_beside(pane.part(columns, 0, pane.columns() - columns, rows), picture);
  draw_handovers(pane.part(0, rows, pane.columns(), pane.rows() - rows).boxed("Last handovers"), picture);
}

// One above the other, each as long as there is room for it.
class Stack {
 public:
  explicit Stack(const Pane& pane) : pane_(pane) {}
  int left() const { return pane_.rows() - row_; }
  Pane take(int rows) {
    const Pane part = pane_.part(0, row_, pane_.columns(), rows);
    row_ += part.rows();
    return part;
  }

 private:
  Pane pane_;
  int row_ = 0;
};

void draw_narrow(const Pane& pane, const Picture& picture) {
  Stack stack(pane);
  const bool runs = !picture.runs.empty();
  int rest = stack.left() - least_handovers;  // what may be spent above the handovers
  const auto afford = [&](int rows) {
    if (rows > rest) return false;
    rest -= rows;
    return true;
  };
  const Size drawing = topology_size(picture, {pane.columns(), rest - (runs ? 4 : 7)});
  if (drawing.rows > 0 && afford(drawing.rows)) {
    draw_topology(stack.take(drawing.rows), picture);
  } else if (!picture.attached.empty() && afford(1)) {
    draw_attachments(stack.take(1), picture);
  }
  if (runs) {
    const int rows = std::min(static_cast<int>(picture.runs.size()) + 1, rest);
    if (rows >= 2 && afford(rows)) draw_runs(stack.take(rows), picture);
  } else {
    if (!picture.flows.empty() && afford(voice_rows)) draw_flows(stack.take(voice_rows), picture);
    const int rows = throughput_rows(picture, 1);
    if (!picture.throughput.empty() && afford(rows)) draw_throughput(stack.take(rows), picture);
  }
  draw_handovers(stack.take(stack.left()), picture);
}

}  // namespace

Grid render(const Picture& picture, int columns, int rows, std::string_view keys) {
  constexpr int least_columns = 70;
  constexpr int least_rows = 18;
  Grid grid(columns, rows);
  const Pane pane(grid);
  draw_title(pane.part(0, 0, columns, 1), picture);
  const int verdict = !picture.verdict && picture.trouble.empty() ? 0 : 1;
  const int foot = rows > 4 ? 1 + verdict : 0;
  const Pane middle = pane.part(0, 1, columns, rows - 1 - foot);
  if (columns >= least_columns && rows >= least_rows) {
    draw_wide(middle, picture);
  } else {
    draw_narrow(middle, picture);
  }
  if (foot > 0) {
    draw_verdict(pane.part(1, rows - 1 - verdict, columns - 1, verdict), picture);
    draw_footer(pane.part(1, rows - 1, columns - 1, 1), picture, keys);
  }
  return grid;
}

}  // namespace segue::view
