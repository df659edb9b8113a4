#include "orchestrator/mobility/schedule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "nodes/base/error.hpp"
#include "nodes/signalling/signal.hpp"

namespace segue::mobility {

namespace {

using config::Mechanism;
using config::npos;
using config::Step;
using config::Topology;

constexpr Nanoseconds unknown{-1};

constexpr std::size_t ethernet = 14;

// A signal on a link, with the headers below it.
std::size_t frame_of(const Step& step, const std::string& text) {
  constexpr std::size_t ipv6_and_udp = 40 + 8;
  constexpr std::size_t name_of_packet = 17;  // protocol::Message::tells_delivered
  signalling::Signal signal;
  signal.text = text;
  if (!text.empty() && config::tells_delivered(step)) signal.text.append(name_of_packet, ' ');
  return ethernet + (step.layer == 2 ? 0 : ipv6_and_udp) + signalling::encode(signal).size();
}

// The links that signals cross.
class Courier {
 public:
  Courier(const Geography& geography, const Binding& binding)
      : topology_(geography.topology), ways_(geography.ways), binding_(binding) {}

  std::vector<Crossing> crossings(const Step& step, std::size_t from, std::size_t to, const std::string& text) const {
    std::vector<Crossing> all;
    const std::size_t bytes = frame_of(step, text);
    if (step.layer == 2) {
      over_link(from, to, bytes, all);
    } else if (from == binding_.mobile) {
      const auto router = node_named(topology_, binding_, step.via);
      over_link(from, router, bytes, all);
      on_way(router, to, topology_.nodes[to].address, bytes, all);
    } else if (to == binding_.mobile) {
      // A mobile signals from its end of an access link.
      const auto router = node_named(topology_, binding_, step.via);
      on_way(from, to, hop_between(topology_, to, router).near->address, bytes, all);
    } else {
      on_way(from, to, topology_.nodes[to].address, bytes, all);
    }
    return all;
  }

 private:
  void over_link(std::size_t from, std::size_t to, std::size_t bytes, std::vector<Crossing>& all) const {
    const config::Link& link = *hop_between(topology_, from, to).link;
    all.push_back({static_cast<std::size_t>(&link - topology_.links.data()), from, crossing(link, from, bytes)});
  }

  void on_way(std::size_t from, std::size_t to, const Address& address, std::size_t bytes,
              std::vector<Crossing>& all) const {
    const auto way = ways_.way(from, to, address);
    if (!way) {
      throw InputError(
          fmt::format("there is no path from {} to {}", topology_.nodes[from].name, topology_.nodes[to].name));
    }
    for (std::size_t i = 0; i + 1 < way->size(); ++i) {
      const auto link = ways_.next_link((*way)[i], address);
      all.push_back({link, (*way)[i], crossing(topology_.links[link], (*way)[i], bytes)});
    }
  }

  const Topology& topology_;
  const Ways& ways_;
  const Binding& binding_;
};

class Scheduler {
 public:
  Scheduler(const Geography& geography, const Mechanism& mechanism, const Binding& binding)
      : topology_(geography.topology), mechanism_(mechanism), binding_(binding), courier_(geography, binding) {
    const auto count = mechanism.steps.size();
    result_.sent.assign(count, unknown);
    result_.received.assign(count, unknown);
    result_.done.assign(count, unknown);
    result_.waited_for.assign(count, npos);
    for (std::size_t i = 0; i < count; ++i) settle(i);
  }

  Schedule take() { return std::move(result_); }

 private:
  std::size_t node(const std::string& name) const { return node_named(topology_, binding_, name); }

  void settle(std::size_t index) {
    if (result_.done[index] != unknown) return;
    const Step& step = mechanism_.steps[index];
    const auto from = node(step.from);
    Nanoseconds ready{0};
    for (const auto earlier : step.after) {
      settle(earlier);
      const Nanoseconds known = over(earlier, from);
      if (known >= ready) result_.waited_for[index] = earlier;
      ready = std::max(ready, known);
    }
    result_.sent[index] = ready;
    result_.received[index] =
        ready + (step.local() ? config::mean(step.wait) : crossing(step, from, node(step.to), step.message));
    result_.done[index] = result_.received[index] + step.delay;
  }

  // When `where` knows that a step is done: its sender has to wait for the confirmation to come back.
  Nanoseconds over(std::size_t index, std::size_t where) const {
    const Step& step = mechanism_.steps[index];
    const auto to = node(step.to);
    return to == where ? result_.done[index] : result_.done[index] + crossing(step, to, node(step.from), {});
  }

  Delay crossing(const Step& step, std::size_t from, std::size_t to, const std::string& text) const {
    Delay sum{0};
    for (const Crossing& one : courier_.crossings(step, from, to, text)) sum += one.takes;
    return sum;
  }

  const Topology& topology_;
  const Mechanism& mechanism_;
  const Binding& binding_;
  Courier courier_;
  Schedule result_;
};

}  // namespace

Delay last_acknowledgement(const Topology& topology, std::size_t mobile, std::size_t router) {
  constexpr std::size_t name_of_packet = 16;
  signalling::Signal signal;
  signal.text.append(name_of_packet, ' ');
  return crossing(*hop_between(topology, mobile, router).link, mobile, ethernet + signalling::encode(signal).size());
}

std::vector<Crossing> crossings_of(const Geography& geography, const Mechanism& mechanism, const Binding& binding,
                                   std::size_t index, bool confirmation) {
  const Step& step = mechanism.steps[index];
  if (step.local()) return {};
  const auto from = node_named(geography.topology, binding, step.from);
  const auto to = node_named(geography.topology, binding, step.to);
  const Courier courier(geography, binding);
  return confirmation ? courier.crossings(step, to, from, {}) : courier.crossings(step, from, to, step.message);
}

Schedule schedule_of(const Geography& geography, const Mechanism& mechanism, const Binding& binding) {
  return Scheduler(geography, mechanism, binding).take();
}

}  // namespace segue::mobility
