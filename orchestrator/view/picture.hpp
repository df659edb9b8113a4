// What a live view shows of a lab: plain values, from a lab that is up or from the runs under way.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/record/result.hpp"

namespace segue::view {

struct Node {
  std::string name;
  std::string role;  // as in the topology: "mobile", "access-router", …
  bool up = true;    // its agent answers
};

struct Cable {
  std::string link;
  std::string a;
  std::string b;
  std::string delay;  // for people: "10 ms"
};

struct Handover {
  std::uint64_t number = 0;  // from 1
  std::string mechanism;
  std::string mobile;
  std::string from;
  std::string to;
  record::Outcome outcome = record::Outcome::failed;
  std::string failure;
  record::Verdict verdict = record::Verdict::not_known;
  std::int64_t completion_ns = 0;
  std::int64_t expected_completion_ns = 0;
  bool measured = true;  // a probe counted the packets
  std::uint64_t lost_up = 0;
  std::uint64_t lost_down = 0;
  std::int64_t interruption_up_ns = 0;
  std::int64_t interruption_down_ns = 0;
  std::int64_t ago_ns = 0;
};

struct Flow {                 // one direction of the voice probe
  std::string direction;      // "uplink" or "downlink"
  record::FlowTotals totals;  // a mos of 0 is not known yet
};

struct Throughput {
  std::string probe;
  std::vector<double> bits_per_second;  // oldest first, evenly spaced in time
};

struct Run {
  enum class State : std::uint8_t { waiting, under_way, ended, failed };

  std::string mechanism;
  std::string probe;
  State state = State::waiting;
  unsigned done = 0;
  unsigned handovers = 0;
  std::string at;                  // the router its mobile is attached to
  std::int64_t completion_ns = 0;  // of the last handover; 0: none yet
  bool measured = false;           // lost_up and lost_down are known
  std::uint64_t lost_up = 0;       // of all so far
  std::uint64_t lost_down = 0;
  std::vector<double> bits_per_second;     // one value a handover
  std::optional<record::Verdict> verdict;  // once it has ended
};

struct Picture {
  std::string lab;
  std::string name;             // what the lab that is up is called
  std::string links;            // the link engine
  std::string metrics;          // ADDRESS:PORT
  std::string prometheus;       // URL; empty: none
  std::string grafana;          // likewise
  std::string mechanism;        // of the last handover
  std::int64_t every_ns = 0;    // between handovers; 0: only when asked for
  std::int64_t elapsed_ns = 0;  // of runs
  std::vector<Node> nodes;
  std::vector<Cable> cables;
  std::map<std::string, std::string> attached;  // mobile: access router
  std::vector<Handover> handovers;              // newest last
  std::vector<Flow> flows;
  std::vector<Throughput> throughput;
  std::vector<Run> runs;                   // empty for a lab that is up
  std::optional<record::Verdict> verdict;  // nothing: nothing was looked at yet
  std::vector<std::string> reasons;
  std::string trouble;  // why what ought to go on does not; empty: it does
};

// The answer of a lab to {"verb": "state"}; what it leaves out keeps its default. Throws Error.
Picture picture_from_json(std::string_view text);

}  // namespace segue::view
