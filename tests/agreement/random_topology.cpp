#include "tests/agreement/random_topology.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace segue::test {

namespace {

class Drawing {
 public:
  explicit Drawing(Dice& dice) : dice_(dice) {
    draw_nodes();
    draw_links();
  }

  RandomTopology take() { return std::move(result_); }

 private:
  void node(const std::string& name, const char* role) {
    result_.text += fmt::format("[nodes.{}]\nrole = \"{}\"\n\n", name, role);
  }

  void draw_nodes() {
    node("mn", "mobile");
    const auto many = [&](std::vector<std::string>& names, const char* prefix, std::size_t count, const char* role) {
      for (std::size_t i = 1; i <= count; ++i) {
        names.push_back(fmt::format("{}{}", prefix, i));
        node(names.back(), role);
      }
    };
    many(result_.nodes.access, "ar", dice_.between(2, 4), "access-router");
    many(result_.nodes.routers, "r", dice_.between(1, 4), "router");
    many(result_.nodes.correspondents, "cn", dice_.between(1, 3), "correspondent");
    if (dice_.chance(0.6)) {
      node("map", "anchor");
      result_.nodes.anchors.emplace_back("map");
    }
    if (dice_.chance(0.5)) {
      node("ha", "home");
      result_.nodes.anchors.emplace_back("ha");
    }
  }

  void link(const std::string& a, const std::string& b, double most_us = 100'000) {
    if (a == b || !linked_.insert(std::minmax(a, b)).second) return;
    result_.text += fmt::format("[links.{}-{}]\nbetween = [\"{}\", \"{}\"]\n", a, b, a, b);
    if (dice_.chance(0.5)) {
      result_.text += fmt::format("delay = \"{}us\"\nmtu = 1600\n\n", dice_.delay_us(most_us));
      return;
    }
    result_.text += fmt::format("mtu = 1600\nforward.delay = \"{}us\"\nbackward.delay = \"{}us\"\n\n",
                                dice_.delay_us(most_us), dice_.delay_us(most_us));
  }

  // The routers are a star, a tree or a mesh; everybody else hangs on one or two of them, or on each other.
  void draw_links() {
    const std::size_t shape = dice_.below(3);
    for (std::size_t i = 1; i < result_.nodes.routers.size(); ++i)
      link(result_.nodes.routers[shape == 0 ? 0 : dice_.below(i)], result_.nodes.routers[i]);
    if (shape == 2) {
      for (const auto& router : result_.nodes.routers) link(router, dice_.of(result_.nodes.routers));
    }
    std::vector<std::string> there = result_.nodes.routers;
    for (const auto* group : {&result_.nodes.access, &result_.nodes.anchors, &result_.nodes.correspondents}) {
      for (const auto& name : *group) {
        link(dice_.chance(0.2) ? dice_.of(there) : dice_.of(result_.nodes.routers), name);
        if (dice_.chance(0.3)) link(dice_.of(there), name);
      }
      there.insert(there.end(), group->begin(), group->end());
    }
    for (const auto& router : result_.nodes.access) link("mn", router, 20'000);
  }

  Dice& dice_;
  RandomTopology result_;
  std::set<std::pair<std::string, std::string>> linked_;
};

}  // namespace

RandomTopology draw_topology(Dice& dice) { return Drawing(dice).take(); }

}  // namespace segue::test
