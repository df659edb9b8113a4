#include "tests/agreement/random_ways.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace segue::test {

namespace {

class Drawing {
 public:
  Drawing(Dice& dice, const RandomNodes& nodes) : dice_(dice) {
    std::vector<std::string> others = nodes.anchors;
    others.push_back(nodes.routers.front());
    others.push_back(nodes.correspondents.back());
    correspondents_ = nodes.correspondents;
    own_home_ = nodes.anchors.empty() || dice_.chance(0.5);
    gateway_ = own_home_ ? dice_.of(others) : nodes.anchors.front();
  }

  std::string draw() {
    std::string text = "title = \"ways\"\n";
    if (own_home_) text += fmt::format("home = \"{}\"\n", gateway_);
    // The end of a tunnel leads on, and delivers nothing.
    const bool may_end = std::find(correspondents_.begin(), correspondents_.end(), gateway_) == correspondents_.end();
    const std::string last = dice_.chance(0.7) || !may_end ? "through" : "through tunnel " + gateway_;
    std::string body = fmt::format(
        "[[attached]]\nalong = [\"{}\", \"new\"]\nroute = \"via next\"\nlast = {{ route = \"{}\" }}\n\n"
        "[[attached]]\nat = \"mobile\"\nroute = \"via new\"\n\n",
        gateway_, last);
    const bool radio = dice_.chance(0.5);
    const char* const moves = radio ? "radio = [\"leave old\", \"join new\"]\n" : "";
    body += fmt::format("[[start]]\nat = \"mobile\"\n{}route = \"{}\"\n\n", moves,
                        radio || dice_.chance(0.6) ? "via new" : "off");
    const std::size_t messages = dice_.between(1, 4);
    for (std::size_t i = 0; i < messages; ++i) body += message();
    body += step("along = [\"crossover\", \"old\"]", 2'000'000, "first = {}\nroute = \"none\"\n");
    body += step("along = [\"crossover\", \"new\"]", 2'000'000,
                 fmt::format("route = \"via next\"\nlast = {{ route = \"{}\" }}\n", last));
    // What else the messages have told somebody is taken back.
    body +=
        step(fmt::format("along = [\"{}\", \"crossover\"]", gateway_), 2'000'000, "route = \"via next\"\nlast = {}\n");
    body += step("at = \"mobile\"", 2'000'000, "route = \"via new\"\n");
    if (dice_.chance(0.5)) {
      text += fmt::format("complete = {{ uplink = \"s{}\", downlink = \"s{}\" }}\n", dice_.between(1, steps_),
                          dice_.between(1, steps_));
    }
    return text + "\n[defaults]\ntimeout = \"30s\"\n\n" + body;
  }

 private:
  std::string named() { return fmt::format("[[step]]\nname = \"s{}\"\n", ++steps_); }

  // It begins with the handover, at nodes that nobody tells of it.
  std::string step(const std::string& where, unsigned least_us, const std::string& actions) {
    const unsigned least = least_us + dice_.delay_us();
    const std::string wait = dice_.chance(0.5) ? fmt::format("{}us", least)
                                               : fmt::format("uniform {}us {}us", least, least + dice_.delay_us());
    return named() + fmt::format("{}\nwait = \"{}\"\nafter = []\n{}\n", where, wait, actions);
  }

  // Between the new or the old router, the mobile, the crossover and the gateway, mostly hop by hop.
  std::string message() {
    std::vector<std::string> ends{"mobile", "new", "new", "old", "crossover", "crossover", gateway_};
    const std::string from = dice_.of(ends);
    std::string to = dice_.of(ends);
    while (to == from) to = dice_.of(ends);
    const bool of_mobile = from == "mobile" || to == "mobile";
    std::string text = named() + fmt::format("from = \"{}\"\nto = \"{}\"\nmessage = \"m\"\nlayer = 3\n", from, to);
    if (of_mobile) text += "via = \"new\"\n";
    if (dice_.chance(0.5)) text += fmt::format("delay = \"{}us\"\n", dice_.delay_us(5'000));
    text += "hop-by-hop = true\n" + actions(of_mobile, to == "mobile");
    if (known_.empty() || dice_.chance(0.4) || !knows(from)) text += "after = []\n";
    known_ = {from, to};
    return text + "\n";
  }

  bool knows(const std::string& node) const { return known_.front() == node || known_.back() == node; }

  std::string actions(bool of_mobile, bool to_mobile) {
    std::vector<std::string> routes{"via previous", "via previous", "via previous", "via next",
                                    "via next",     "none",         "off"};
    if (!of_mobile) routes.insert(routes.end(), {"tunnel previous", "tunnel next"});
    const std::string route = dice_.of(routes);
    std::string text = fmt::format("route = \"{}\"\n", route);
    if (to_mobile || route.ends_with("next") || dice_.chance(0.3)) {
      const std::vector<std::string> lasts =
          to_mobile ? std::vector<std::string>{"{}", "{ route = \"via previous\" }"}
                    : std::vector<std::string>{"{}", "{ route = \"via previous\" }", "{ route = \"none\" }"};
      text += "last = " + dice_.of(lasts) + "\n";
    }
    return text;
  }

  Dice& dice_;
  std::vector<std::string> correspondents_;
  bool own_home_;
  std::string gateway_;
  std::size_t steps_ = 0;
  std::vector<std::string> known_;  // the ends of the message before
};

}  // namespace

std::string draw_ways(Dice& dice, const RandomNodes& nodes) { return Drawing(dice, nodes).draw(); }

}  // namespace segue::test
