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

Delay mean(const config::Wait& wait) { return wait.least + (wait.most - wait.least) / 2; }

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

class Scheduler {
 public:
  Scheduler(const Geography& geography, const Mechanism& mechanism, const Binding& binding)
      : topology_(geography.topology), ways_(geography.ways), mechanism_(mechanism), binding_(binding) {
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
        ready + (step.local() ? mean(step.wait) : crossing(step, from, node(step.to), step.message));
    result_.done[index] = result_.received[index] + step.delay;
  }

  // When `where` knows that a step is done: its sender has to wait for the confirmation to come back.
  Nanoseconds over(std::size_t index, std::size_t where) const {
    const Step& step = mechanism_.steps[index];
    const auto to = node(step.to);
    return to == where ? result_.done[index] : result_.done[index] + crossing(step, to, node(step.from), {});
  }

  Delay on_link(std::size_t from, std::size_t to, std::size_t bytes) const {
    return mobility::crossing(*hop_between(topology_, from, to).link, from, bytes);
  }

  Delay on_way(std::size_t from, std::size_t to, const Address& address, std::size_t bytes) const {
    if (const auto delay = ways_.delay(from, to, address, bytes)) return *delay;
    throw InputError(
        fmt::format("there is no path from {} to {}", topology_.nodes[from].name, topology_.nodes[to].name));
  }

  Delay crossing(const Step& step, std::size_t from, std::size_t to, const std::string& text) const {
    const std::size_t bytes = frame_of(step, text);
    if (step.layer == 2) return on_link(from, to, bytes);
    if (from == binding_.mobile) {
      const auto router = node(step.via);
      return on_link(from, router, bytes) + on_way(router, to, topology_.nodes[to].address, bytes);
    }
    // A mobile signals from its end of an access link.
    if (to == binding_.mobile) return on_way(from, to, hop_between(topology_, to, node(step.via)).near->address, bytes);
    return on_way(from, to, topology_.nodes[to].address, bytes);
  }

  const Topology& topology_;
  const Ways& ways_;
  const Mechanism& mechanism_;
  const Binding& binding_;
  Schedule result_;
};

}  // namespace

Delay last_acknowledgement(const Topology& topology, std::size_t mobile, std::size_t router) {
  constexpr std::size_t name_of_packet = 16;
  signalling::Signal signal;
  signal.text.append(name_of_packet, ' ');
  return crossing(*hop_between(topology, mobile, router).link, mobile, ethernet + signalling::encode(signal).size());
}

Schedule schedule_of(const Geography& geography, const Mechanism& mechanism, const Binding& binding) {
  return Scheduler(geography, mechanism, binding).take();
}

}  // namespace segue::mobility
