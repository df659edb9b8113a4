// The page beside the labs has every key that the readers know, and every word of an action.
#include <doctest/doctest.h>

#include <set>
#include <string>

#include "orchestrator/config/mechanism.hpp"
#include "orchestrator/config/topology.hpp"
#include "tests/unit/config/page_of_formats.hpp"
#include "tests/unit/config/scratch.hpp"

using namespace segue::config;
using segue::test::keys_in;
using segue::test::page_of_formats;

namespace {

constexpr const char* lab = R"([nodes.mn]
role = "mobile"
[nodes.ar1]
role = "access-router"
[nodes.ar2]
role = "access-router"
[links.a]
between = ["mn", "ar1"]
[links.b]
between = ["mn", "ar2"]
)";

std::set<std::string> of_topology(const std::string& more) {
  const Scratch scratch;
  const auto file = scratch.write("lab/topology.toml", more);
  return keys_in(complaint([&] { load_topology(file.parent_path()); }));
}

std::set<std::string> of_mechanism(const std::string& text) {
  const Scratch scratch;
  const auto folder = scratch.write("lab/topology.toml", lab).parent_path();
  const auto file = scratch.write("lab/mechanisms/x.toml", text);
  const Topology topology = load_topology(folder);
  return keys_in(complaint([&] { load_mechanism(file, topology); }));
}

}  // namespace

TEST_CASE("the page of the three formats has every key of topologies and mechanisms") {
  const std::string text = page_of_formats();
  const std::string step = "[[step]]\nname = \"a\"\n";
  const std::string unknown = "qqqqqqqqqqqq = 1\n";
  const std::set<std::string> tables[] = {
      of_topology(unknown + lab),
      of_topology(std::string(lab) + unknown),
      of_topology(std::string(lab) + "[nodes.x]\nrole = \"router\"\n" + unknown),
      of_topology(std::string(lab) + "[addressing]\n" + unknown),
      of_topology(std::string(lab) + "[routes]\n" + unknown),
      of_mechanism(unknown + step),
      of_mechanism("[reference]\n" + unknown + step),
      of_mechanism("[defaults]\n" + unknown + step),
      of_mechanism("[complete]\n" + unknown + step),
      of_mechanism("[[attached]]\nalong = [\"old\", \"new\"]\n" + unknown + step),
      of_mechanism(step + "along = [\"old\", \"new\"]\n" + unknown),
      of_mechanism("[[start]]\nat = \"mobile\"\nroute = \"off\"\n" + unknown + step),
      of_mechanism(step + "from = \"old\"\n" + unknown),
      of_mechanism(step + "at = \"old\"\n" + unknown)};
  for (const auto& keys : tables) {
    CHECK(keys.size() >= 2);
    for (const auto& key : keys) {
      CAPTURE(key);
      CHECK(text.find('`' + key + '`') != std::string::npos);
    }
  }
}

TEST_CASE("and every action, with all its words") {
  const std::string text = page_of_formats();
  for (const ActionKey& key : action_keys())
    CHECK(text.find("| `" + std::string(key.key) + "` |") != std::string::npos);
  for (const char* words : {"`off`",
                            "`through`",
                            "`through tunnel NODE`",
                            "`via NODE`",
                            "`tunnel NODE`",
                            "`none`",
                            "`leave ROUTER`",
                            "`leave ROUTER carrier`",
                            "`join ROUTER carrier`",
                            "`join ROUTER`",
                            "`hold`",
                            "`hold N packets`",
                            "`oldest`",
                            "`release`",
                            "`discard`",
                            "`window T`",
                            "`replay`",
                            "`hold forwarded`",
                            "`hold direct`",
                            "`delayed T`"}) {
    CAPTURE(words);
    CHECK(text.find(words) != std::string::npos);
  }
}
