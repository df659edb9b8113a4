#include <doctest/doctest.h>

#include <string>

#include "orchestrator/view/topology_drawing.hpp"
#include "orchestrator/view/topology_layout.hpp"
#include "tests/unit/view/pictures.hpp"

using namespace segue::view;
using segue::test::paper_network;

namespace {

std::string drawn(const Picture& picture, int columns, int rows) {
  Grid grid(columns, rows);
  draw_topology(Pane(grid), picture);
  return '\n' + grid.text();
}

}  // namespace

TEST_CASE("the paper's network, in boxes, the mobile under its router") {
  CHECK(drawn(paper_network(), 22, 19) == R"(
┌────┐      ┌──────┐
│ cn │      │ home │
└──┬─┘      └───┬──┘
   └─────┬──────┘ 50ms
     ┌───┴──┐
     │ inet │
     └───┬──┘
         │ 50ms
      ┌──┴──┐
      │ map │
      └──┬──┘
   ┌─────┴──────┐ 10ms
┌──┴──┐      ┌──┴──┐
│ ar1 │      │ ar2 │
└──┰──┘      └─────┘
   ┃ 0.1ms
┌──┸─┐
│ mn │
└────┘
)");
}

TEST_CASE("where there is less room, the names alone, and the mobile has moved") {
  auto picture = paper_network();
  picture.attached = {{"mn", "ar2"}};
  picture.nodes[3].up = false;
  CHECK(drawn(picture, 18, 9) == R"(
cn      home
 └───┬────┘ 50ms
   inet
     │ 50ms
   map!
 ┌───┴────┐ 10ms
ar1      ar2
          ┃ 0.1ms
         mn
)");
}

TEST_CASE("several mobiles stand under their routers, and different delays are all said") {
  Picture picture{.nodes = {{"core", "router"},
                            {"a1", "access-router"},
                            {"a2", "access-router"},
                            {"m1", "mobile"},
                            {"m2", "mobile"}},
                  .cables = {{"", "core", "a1", "5ms"}, {"", "core", "a2", "9ms"}},
                  .attached = {{"m1", "a2"}, {"m2", "a2"}}};
  for (const char* mobile : {"m1", "m2"}) {
    for (const char* router : {"a1", "a2"}) picture.cables.push_back({"", mobile, router, "1ms"});
  }
  const auto text = drawn(picture, 24, 5);
  INFO(text);
  CHECK(text.find("5ms, 9ms") != std::string::npos);
  const auto layout = lay_out(picture, {});
  REQUIRE(layout);
  REQUIRE(layout->nets.size() == 2);
  for (const auto& net : layout->nets) {
    if (!net.attached) continue;
    CHECK(net.lower.size() == 2);
    CHECK(net.upper.size() == 1);
  }
}

TEST_CASE("cables within a row join neighbours") {
  const Picture campus{.nodes = {{"desk", "router"}, {"north", "router"}, {"south", "router"}, {"core", "router"}},
                       .cables = {{"", "desk", "north", "1ms"},
                                  {"", "north", "core", "2ms"},
                                  {"", "north", "south", "3ms"},
                                  {"", "south", "core", "4ms"}}};
  const auto text = drawn(campus, 30, 5);
  INFO(text);
  CHECK(text.find("south──────core") != std::string::npos);
}

TEST_CASE("what cannot be drawn without ambiguity is a list") {
  // A ring of six: its far side would need crossing lines.
  Picture ring;
  for (const char* name : {"a", "b", "c", "d", "e"}) ring.nodes.push_back({name, "router"});
  ring.cables = {{"", "a", "b", "1ms"},
                 {"", "a", "c", "1ms"},
                 {"", "b", "d", "1ms"},
                 {"", "c", "d", "1ms"},
                 {"", "c", "e", "1ms"}};
  CHECK_FALSE(lay_out(ring, {}));
  const auto text = drawn(ring, 40, 6);
  INFO(text);
  CHECK(text.find("d  router  b 1ms, c 1ms\n") != std::string::npos);
}

TEST_CASE("a list that is too long says how much is missing, and has the mobile and its router first") {
  auto picture = paper_network();
  for (int i = 0; i < 200; ++i) picture.nodes.push_back({"leaf" + std::to_string(i), "router"});
  CHECK(drawn(picture, 34, 4) == R"(
mn   at ar1
ar1  mn 0.1ms, map 10ms
ar2  mn 0.1ms, map 10ms
and 204 more nodes
)");
}

TEST_CASE("unconnected nodes, cables to nowhere and an empty lab are no reason to fail") {
  CHECK_FALSE(lay_out(Picture{}, {}));
  CHECK_FALSE(lay_out(Picture{.nodes = {{"a"}, {"b"}}}, {}));
  CHECK(lay_out(Picture{.nodes = {{"a"}}, .cables = {{"", "a", "ghost", ""}, {"", "a", "a", ""}}}, {}));
  CHECK(drawn(Picture{}, 10, 2) == "\n\n\n");
  CHECK(drawn(paper_network(), 0, 0) == "\n");
}

TEST_CASE("a drawing is never larger than its room") {
  for (int columns = 0; columns < 60; columns += 7) {
    for (int rows = 0; rows < 30; ++rows) {
      const auto size = topology_size(paper_network(), {columns, rows});
      CHECK(size.columns <= columns);
      CHECK(size.rows <= rows);
    }
  }
  CHECK(topology_size(paper_network(), {22, 19}).rows == 19);
  CHECK(topology_size(paper_network(), {22, 18}).rows == 9);
  CHECK(topology_size(paper_network(), {22, 8}).rows == 0);
}
