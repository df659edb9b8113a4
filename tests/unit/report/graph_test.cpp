#include "orchestrator/report/graph.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

using namespace segue;

TEST_CASE("a topology in Graphviz's language has every node with its role and every link with what it does") {
  const auto folder = std::filesystem::path(SEGUE_SOURCE_DIR) / "topologies";
  const auto prompt = report::to_dot(config::load_topology(folder / "prompt"));
  CHECK(prompt.rfind("graph \"prompt\" {", 0) == 0);
  CHECK(prompt.find("\"map\" [label=\"map\\nanchor\\n") != std::string::npos);
  CHECK(prompt.find("\"map\" -- \"ar1\" [label=\"delay 10ms") != std::string::npos);
  // A link that differs by direction says both.
  const auto campus = report::to_dot(config::load_topology(folder / "campus"));
  const auto uplink = campus.find("\"exit\" -- \"server\" [label=\"> ");
  REQUIRE(uplink != std::string::npos);
  CHECK(campus.find("\\n< ", uplink) != std::string::npos);
}
