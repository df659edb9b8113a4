#include "tests/agreement/random_mechanism.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "tests/agreement/random_ways.hpp"

namespace segue::test {

namespace {

class Drawing {
 public:
  Drawing(Dice& dice, const RandomNodes& nodes) : dice_(dice), nodes_(nodes) {}

  std::string draw() {
    std::vector<Action> ends = attached();
    std::string placed;
    for (const auto& action : ends)
      placed += fmt::format("[[attached]]\nat = \"{}\"\nroute = \"{}\"\n\n", action.at, action.route);
    const bool off_at_start = dice_.chance(0.5);
    if (dice_.chance(0.6)) placed += "[[start]]\nat = \"mobile\"\nroute = \"off\"\n\n";
    if (off_at_start) placed += "[[start]]\nat = \"old\"\nroute = \"off\"\n\n";
    std::string replaying;
    if (dice_.chance(0.3)) {
      const std::string at = dice_.chance(0.7) ? steering_.front() : dice_.chance(0.5) ? "mobile" : "new";
      placed += fmt::format("[[attached]]\nat = \"{}\"\nbuffer = \"window {}us\"\n\n", at, dice_.delay_us(80'000));
      replaying = at;
    }
    const Radio radio = dice_.chance(0.4) ? this->radio() : Radio{};
    placed += radio.start;
    ends.push_back({"old", "off"});
    for (std::size_t i = ends.size(); i > 1; --i) std::swap(ends[i - 1], ends[dice_.below(i)]);
    // Interim states first, then each node's last one; what comes later in the file waits for what came before, unless
    // it is drawn to begin on its own.
    std::string body = radio.first;
    for (const auto& action : ends) {
      if (dice_.chance(0.3)) body += message_to(action.at, {interim(action.at)});
    }
    if (dice_.chance(0.3)) body += message_to(dice_.of(fixed()), {});
    for (const auto& action : ends) {
      if (dice_.chance(0.15)) body += local_step(action.at, fmt::format("route = \"{}\"\n", interim(action.at)));
      body += message_to(action.at, {action.route});
    }
    // What the old router says is known once the radio has left it; where it has not, the lab is refused.
    const bool forgets = !replaying.empty() && replaying != "mobile" && !radio.start.empty();
    if (forgets && dice_.chance(0.5)) body += telling(replaying);
    if (!replaying.empty() && dice_.chance(0.9)) body += local_step(replaying, "buffer = \"replay\"\n");
    for (int times = 0; times < 2; ++times) {
      if (dice_.chance(0.3)) body += buffering();
    }
    if (dice_.chance(0.35)) body += bicasting();
    if (!radio.last.empty()) body += local_step("mobile", radio.last);
    const char* const encapsulation = dice_.chance(0.3) ? "encapsulation = \"ip-in-ip\"\n" : "";
    std::string head = encapsulation;
    if (dice_.chance(0.2))
      head += fmt::format("home = \"{}\"\n",
                          dice_.of(dice_.chance(0.7) && !nodes_.anchors.empty() ? nodes_.anchors : nodes_.routers));
    if (dice_.chance(0.3)) {
      head += fmt::format("complete = {{ uplink = \"s{}\", downlink = \"s{}\" }}\n", dice_.between(1, messages_.size()),
                          dice_.between(1, messages_.size()));
    }
    return fmt::format("title = \"random\"\n{}\n[defaults]\ntimeout = \"30s\"\n\n{}{}", head, placed, body);
  }

 private:
  struct Action {
    std::string at;
    std::string route;
  };

  struct Message {
    std::string from;
    std::string to;
    bool concerns(const std::string& node) const { return from == node || to == node; }
  };

  // What its sender can know to be over: the step before, or another of its own; or nothing, and it begins at once.
  std::string after(const std::string& sender) {
    if (messages_.empty() || (messages_.back().concerns(sender) && dice_.chance(0.8))) return {};
    std::vector<std::string> names;
    for (std::size_t i = 0; i < messages_.size(); ++i) {
      if (messages_[i].concerns(sender)) names.push_back(fmt::format("\"s{}\"", i + 1));
    }
    if (names.empty()) return "after = []\n";
    std::string text = "after = [" + dice_.of(names);
    if (names.size() > 1 && dice_.chance(0.3)) text += ", " + names.back();
    return text + "]\n";
  }

  // A message that ends at `to`, mostly from a node that took part in the one before.
  std::string message_to(const std::string& to, const std::vector<std::string>& routes) {
    std::vector<std::string> senders;
    for (const auto& name : fixed()) {
      if (name != to) senders.push_back(name);
    }
    if (to != "mobile") senders.emplace_back("mobile");
    if (!messages_.empty() && dice_.chance(0.75)) {
      const auto& [from, before] = messages_.back();
      const auto& next = before == to ? from : before;
      if (next != to) senders = {next};
    }
    const std::string from = dice_.of(senders);
    const bool mobile = from == "mobile" || to == "mobile";
    const std::string& other = from == "mobile" ? to : from;
    const bool neighbours = mobile && (other == "new" || other == "old");
    const bool layer2 = neighbours && dice_.chance(0.6);
    const std::size_t number = messages_.size() + 1;
    std::string text =
        fmt::format("[[step]]\nname = \"s{0}\"\nfrom = \"{1}\"\nto = \"{2}\"\nmessage = \"s{0}\"\nlayer = {3}\n",
                    number, from, to, layer2 ? 2 : 3);
    if (mobile && !layer2) text += fmt::format("via = \"{}\"\n", dice_.chance(0.8) ? "new" : "old");
    if (dice_.chance(0.5)) text += fmt::format("delay = \"{}us\"\n", dice_.delay_us(20'000));
    if (routes.size() == 1) text += fmt::format("route = \"{}\"\n", routes[0]);
    text += after(from);
    messages_.push_back({from, to});
    return text + '\n';
  }

  // The old router says what the mobile has received.
  std::string telling(const std::string& to) {
    if (to == "old") return {};
    const std::size_t number = messages_.size() + 1;
    const auto knows = after("old");
    messages_.push_back({"old", to});
    return fmt::format(
        "[[step]]\nname = \"s{0}\"\nfrom = \"old\"\nto = \"{1}\"\nmessage = \"s{0}\"\nlayer = 3\nbuffer = \"forget "
        "delivered\"\n{2}\n",
        number, to, knows.empty() ? "after = []\n" : knows);
  }

  // Nodes that are never the old or the new router by another name.
  std::vector<std::string> fixed() const {
    std::vector<std::string> names{"old", "new"};
    for (const auto* group : {&nodes_.routers, &nodes_.correspondents, &nodes_.anchors})
      names.insert(names.end(), group->begin(), group->end());
    return names;
  }

  // What holds while the mobile is attached: somebody leads packets to the new router, which delivers them.
  std::vector<Action> attached() {
    std::vector<Action> actions;
    std::vector<std::string> steering = nodes_.anchors;
    steering.insert(steering.end(), nodes_.correspondents.begin(), nodes_.correspondents.end());
    std::set<std::string> chosen;
    if (!nodes_.anchors.empty() && dice_.chance(0.8)) chosen.insert(nodes_.anchors.front());
    if (chosen.empty() || dice_.chance(0.3)) chosen.insert(nodes_.correspondents.front());
    if (dice_.chance(0.2)) chosen.insert(dice_.of(steering));
    if (dice_.chance(0.15)) chosen.insert(dice_.of(nodes_.routers));
    steering_.assign(chosen.begin(), chosen.end());
    actions.reserve(chosen.size() + 2);
    for (const auto& name : chosen) actions.push_back({name, dice_.chance(0.75) ? tunnel_to("new", name) : "via new"});
    const bool reverse = !nodes_.anchors.empty() && dice_.chance(0.5);
    actions.push_back({"new", reverse ? "through " + tunnel_to(dice_.of(nodes_.anchors), "new") : "through"});
    actions.push_back({"mobile", "via new"});
    return actions;
  }

  // Over a router now and then that is neither of its ends.
  std::string tunnel_to(const std::string& target, const std::string& at) {
    const std::string& over = dice_.of(nodes_.routers);
    const bool led_over = dice_.chance(0.2) && over != at && over != target;
    return "tunnel " + target + (led_over ? " via " + over : "");
  }

  // At one node, and nothing goes anywhere.
  std::string local_step(const std::string& at, const std::string& actions) {
    const std::size_t number = messages_.size() + 1;
    const unsigned least = dice_.delay_us(50'000);
    const std::string wait = dice_.chance(0.5)
                                 ? fmt::format("{}us", least)
                                 : fmt::format("uniform {}us {}us", least, least + dice_.delay_us(50'000));
    std::string text =
        fmt::format("[[step]]\nname = \"s{}\"\nat = \"{}\"\nwait = \"{}\"\n{}", number, at, wait, actions);
    text += after(at);
    messages_.push_back({at, at});
    return text + '\n';
  }

  // How the radio goes from the old link to the new one: what it does when the handover begins, and what later.
  struct Radio {
    std::string start;
    std::string first;  // before everything else
    std::string last;   // after it
  };
  Radio radio() {
    const std::string carrier = dice_.chance(0.3) ? " carrier" : "";
    const std::string leaves = fmt::format("radio = \"leave old{}\"\n", carrier);
    const std::string joins = fmt::format("radio = \"join new{}\"\n", carrier);
    const auto at_start = [](const std::string& action) {
      return fmt::format("[[start]]\nat = \"mobile\"\n{}\n", action);
    };
    switch (dice_.below(4)) {
      case 0:  // break before make
        return {at_start(leaves), local_step("mobile", joins), {}};
      case 1:
        return {{}, local_step("mobile", leaves) + local_step("mobile", joins), {}};
      case 2:  // make before break
        return {at_start(joins), {}, leaves};
      default:  // at once
        return {{}, local_step("mobile", fmt::format("radio = [\"leave old{0}\", \"join new{0}\"]\n", carrier)), {}};
    }
  }

  // Packets wait at one node for a while, mostly to go on. Where it is the mobile, what it sends.
  std::string buffering() {
    std::vector<std::string> places{"mobile", "new", "old", nodes_.correspondents.front()};
    places.insert(places.end(), nodes_.anchors.begin(), nodes_.anchors.end());
    places.push_back(nodes_.routers.front());
    const std::string at = dice_.of(places);
    if ((at == "new" || at == "old") && dice_.chance(0.5)) return buffering_apart(at);
    return local_step(at, fmt::format("buffer = \"{}\"\n", hold(""))) +
           local_step(at, fmt::format("buffer = \"{}\"\n", dice_.chance(0.8) ? "release" : "discard"));
  }

  std::string hold(const std::string& flow) {
    std::string text = "hold" + flow;
    if (dice_.chance(0.3)) text += fmt::format(" {} packets", dice_.between(1, 4));
    if (dice_.chance(0.3)) text += " oldest";
    return text;
  }

  // Of forwarded and direct ones one, or both in a queue each; each goes on by itself, or both do.
  std::string buffering_apart(const std::string& at) {
    std::vector<std::string> flows{" forwarded", " direct"};
    if (dice_.chance(0.5)) flows.erase(flows.begin() + static_cast<std::ptrdiff_t>(dice_.below(2)));
    std::string text;
    for (const auto& flow : flows) text += local_step(at, fmt::format("buffer = \"{}\"\n", hold(flow)));
    if (dice_.chance(0.3)) flows = {""};
    for (const auto& flow : flows) {
      text += local_step(at, fmt::format("buffer = \"{}{}\"\n", dice_.chance(0.8) ? "release" : "discard", flow));
    }
    return text;
  }

  // One node sends copies for a while, sometimes another way after a time.
  std::string bicasting() {
    std::vector<std::string> places{"new", "old", nodes_.correspondents.front(), nodes_.routers.front()};
    places.insert(places.end(), nodes_.anchors.begin(), nodes_.anchors.end());
    const std::string at = dice_.chance(0.5) ? dice_.of(places) : steering_.front();
    std::string text;
    for (bool again = true; again; again = dice_.chance(0.2)) {
      const std::string other = at == "new" ? "old" : at == "old" ? "new" : dice_.chance(0.7) ? "new" : "old";
      std::string way = dice_.chance(0.6) ? tunnel_to(other, at) : "via " + other;
      if ((at == "new" || at == "old") && dice_.chance(0.5)) way = "through";
      if (dice_.chance(0.6)) way += fmt::format(" delayed {}us", dice_.delay_us(50'000));
      text += local_step(at, fmt::format("bicast = \"{}\"\n", way));
    }
    return text + local_step(at, "bicast = \"off\"\n");
  }

  std::string interim(const std::string& at) {
    if (at == "mobile") return dice_.chance(0.5) ? "off" : "via old";
    if (at == "old") return dice_.chance(0.5) ? tunnel_to("new", at) : dice_.chance(0.5) ? "via new" : "through";
    if (at == "new") return dice_.chance(0.5) ? tunnel_to("old", at) : "off";
    return dice_.chance(0.4) ? "off" : dice_.chance(0.5) ? tunnel_to("old", at) : "via old";
  }

  Dice& dice_;
  const RandomNodes& nodes_;
  std::vector<Message> messages_;
  std::vector<std::string> steering_;  // the nodes that lead packets to the new router
};

}  // namespace

std::string draw_mechanism(Dice& dice, const RandomNodes& nodes) {
  return dice.chance(0.3) ? draw_ways(dice, nodes) : Drawing(dice, nodes).draw();
}

}  // namespace segue::test
