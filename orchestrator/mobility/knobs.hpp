// A handover whose times can be turned: each link's delay, what a step takes, what an action says. What the analysis
// makes of it is looked at again after each turn.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "orchestrator/config/mechanism.hpp"
#include "orchestrator/config/topology.hpp"
#include "orchestrator/mobility/expectation.hpp"
#include "orchestrator/mobility/ways.hpp"
#include "orchestrator/record/explanation.hpp"

namespace segue::mobility {

// One time of a handover's, or several that are one.
struct Knob {
  std::string kind{};  // as in record::GapPart
  std::string of{};
  std::string over{};
  Delay value{0};
  std::vector<Delay*> times{};
  // Of a step: it lasts as much longer as its message is under way, or as its node waits.
  bool of_step = false;
  std::vector<std::pair<std::string, Delay>> crossings{};  // by its message, of each link what it takes

  void turn(Delay by) const {
    for (Delay* const time : times) *time += by;
  }
};

struct Measures {
  record::Gaps gaps;
  record::GapPackets packets;
};

// Its knobs lead into it.
class Variant {
 public:
  Variant(const Geography& geography, const config::Mechanism& mechanism, const Binding& binding, const DataFlow& data);
  Variant(const Variant&) = delete;
  Variant& operator=(const Variant&) = delete;

  Measures look() const;
  bool has_rates() const;  // some link takes time for the bits of a frame

  // Of the analysis, each by itself: messages and data cross links of their own.
  std::vector<Knob> steps();
  std::vector<Knob> message_links();  // "confirmation": with the crossings of messages
  std::vector<Knob> data_links();
  std::vector<Knob> of_actions();
  Knob interval();
  // What can be told otherwise, called as it is overridden.
  std::vector<Knob> parameters();

 private:
  config::Topology messages_;
  config::Topology data_;
  Ways message_ways_;
  Ways data_ways_;
  config::Mechanism mechanism_;
  Binding binding_;
  DataFlow flow_;
};

}  // namespace segue::mobility
