// A run: a lab, a mechanism, a probe, a seed, a number of handovers. Builds the lab, measures, takes it down.
//
// Time line, from the start of the probe: handover k begins at (k + 1/2) interval, shifted by a phase under one packet
// interval. The phases are one draw from each of N equal parts of that interval, in an order the seed gives: so the
// mean number of packets lost is that of an outage that begins at any moment, and not that of the one moment where a
// fixed schedule would put it.
//
// A handover that is tainted (verdict.hpp) is made again: the mobile is put back, and the same handover begins anew at
// the same phase of its slot, one interval and a drawn time later, so that a machine that stalls by a period of its own
// does not meet it again. All that follow are as much later. Three attempts for each handover asked for are made at
// most, whichever needs them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "orchestrator/experiment/probe_session.hpp"
#include "orchestrator/lab/lab.hpp"
#include "orchestrator/record/result.hpp"

namespace segue::experiment {

Probe parse_probe(std::string_view text);    // throws InputError
Family parse_family(std::string_view text);  // "4", "6"; throws InputError

struct RunSpec {
  std::filesystem::path lab;
  std::string mechanism;
  Probe probe = Probe::voip;
  Family family = Family::ipv6;  // of what the probe sends
  unsigned handovers = 8;
  Delay interval{5'000'000'000};  // between handovers
  lab::LinkChoice links = lab::LinkChoice::automatic;
  std::uint64_t seed = 1;
  bool computed_time = false;   // the clock is virtual: time waits for what is to be done, and nothing is ever late
  Delay stagger{0};             // before the probe starts: runs side by side should not hand over at the same moments
  config::Overrides overrides;  // of the topology
  config::Overrides mechanism_overrides;  // see config::load_mechanism()
};

struct RunObserver {
  std::function<void(const record::Scorecard&)> handover;  // after each one, from the thread that runs
  std::function<void(const record::Sample&)> sample;
  int interrupt_fd = -1;  // once it can be read, the run ends after what is under way and keeps what was measured
};

// Throws Error. An interrupted run returns what it has.
record::RunResult perform_run(const RunSpec& spec, const RunObserver& observer);

// The mobile node that a run moves. Throws InputError if there is none.
std::size_t first_mobile(const config::Topology& topology);
// Its access routers. Throws InputError if there are not two at least.
std::vector<std::size_t> two_routers(const config::Topology& topology, std::size_t mobile);

// The least time between two handovers that leaves each of them, and the packets it concerns, to themselves. Throws
// InputError when the mechanism does not fit the topology, when there is nothing to hand over, or no address to probe.
Delay shortest_interval(const mobility::Geography& geography, const config::Mechanism& mechanism, Probe probe,
                        Family family = Family::ipv6);

// When handovers begin, from the start of the probe.
std::vector<Delay> schedule(unsigned handovers, Delay interval, Delay probe_interval, std::uint64_t seed);

}  // namespace segue::experiment
