// Where the nodes and cables of a lab go in a drawing: rows of nodes by their distance from the mobiles, which stand at
// the bottom under the routers they are attached to.
//
// Cables between two rows run along one row of characters, so only what is unambiguous there can be laid out: stars,
// and groups all of whose nodes are joined to all, side by side. Trees are; many a mesh is not.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/view/picture.hpp"

namespace segue::view {

struct TopologyForm {
  bool boxed = false;  // a border round every node
  int gap = 3;         // columns between neighbours in a row
};

struct PlacedNode {
  std::size_t node = 0;  // of the picture
  int layer = 0;         // 0: the mobiles'
  int middle = 0;        // the column where its cables end
  int left = 0;
  int width = 0;
};

// The cables of one group between two layers.
struct Net {
  int lower_layer = 0;
  std::vector<int> lower;  // columns of the ends
  std::vector<int> upper;
  std::string delays;     // of its cables, each once
  bool attached = false;  // it is what mobiles are attached by
};

struct Sideway {  // a cable between neighbours in a layer
  int layer = 0;
  int left = 0;   // the first column between them
  int right = 0;  // the last
};

struct TopologyLayout {
  TopologyForm form;
  int layers = 0;
  int columns = 0;
  int rows = 0;
  std::vector<PlacedNode> nodes;
  std::vector<Net> nets;
  std::vector<Sideway> sideways;

  int rows_of_node() const { return form.boxed ? 3 : 1; }
  int top_of(int layer) const { return (layers - 1 - layer) * (rows_of_node() + 1); }
};

// Nothing when the lab cannot be laid out so.
std::optional<TopologyLayout> lay_out(const Picture& picture, const TopologyForm& form);

}  // namespace segue::view
