// A campaign as its file has it: a matrix of runs, how often each is repeated, and what is asked of the results.
//
//   title = "…"                         lab = "../.." unless said otherwise: the folder the file's own folder lies in
//   mechanisms = ["a", "b"]             those of the lab that run by default, if not said; likewise all probes
//   probes = ["voip"]
//   family = 6                          of what probes send: 6, or 4 in a lab with IPv4
//   handovers = 8, interval = "5s"      of each run; 10s for iperf-tcp, if not said
//   repetitions = 3, seed = 1           repetition r of every cell runs with seed + r - 1, so that cells can be paired
//   order = "random"                    or "file"; links = "auto"; timeout = "30min", wall time of a run
//   keep-packets = true                 every packet of voip into the stored runs, which are then some 100 KB larger
//   [stop]      until = "ci95 < 2%" of the mean, or "ci95 < 1ms"; of = ["completion", "lost-uplink", "lost-downlink",
//               "interruption-uplink", "interruption-downlink"]; at-least = 3, at-most = 100 repetitions of a cell
//   [groups]    domain = ["map-ar1", "map-ar2"]       one name for several links or nodes
//   [set]       links.domain.jitter = "1ms"           for all runs; names as in [sweep]
//   [sweep]     links.domain.delay = ["5ms", "10ms"]  a dimension of the matrix; a range, too:
//               { from = "1ms", to = "9ms", step = "2ms" }. Other names: links.map-ar*.delay, mechanism.delay,
//               mechanism.step.NAME.delay
//   [[zip]]     as [sweep], but its lines go together: first with first, second with second
//   [[exclude]] mechanism = "a", links.domain.delay = ["5ms"]    cells that have all of these are left out
//   [crossing]  of = "completion", limit = "50ms", along = "links.domain.delay": the largest value that stays below
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "nodes/base/clock.hpp"
#include "nodes/base/ip.hpp"
#include "orchestrator/campaign/metric.hpp"
#include "orchestrator/campaign/stop.hpp"

namespace segue::campaign {

// A value for all runs, by its dotted name.
struct Setting {
  std::string name;
  std::string value;
  unsigned line = 0;
};

// A dimension of the matrix: one name, or several that go together.
struct Axis {
  std::vector<std::string> names;
  std::vector<std::vector<std::string>> points;  // each with a value for every name
  unsigned line = 0;
};

struct Exclusion {
  std::vector<std::pair<std::string, std::vector<std::string>>> all_of;  // "mechanism", "probe" or a swept name
  unsigned line = 0;
};

struct Crossing {
  Metric of = Metric::completion;
  std::string limit_text;
  double limit = 0;  // in the metric's unit
  std::string along;
};

struct Campaign {
  std::filesystem::path file;
  std::string name;  // of the file, without its extension
  std::string title;
  std::filesystem::path lab;
  bool names_lab = false;  // the file does
  std::vector<std::string> mechanisms;
  std::vector<std::string> probes;
  Family family = Family::ipv6;  // of what they send
  unsigned handovers = 8;
  std::optional<Delay> interval;
  unsigned repetitions = 1;
  std::uint64_t seed = 1;
  std::string links = "auto";
  bool random_order = true;
  Delay timeout = std::chrono::minutes(30);
  bool keep_packets = false;
  std::optional<StopRule> stop;
  std::vector<std::pair<std::string, std::vector<std::string>>> groups;
  std::vector<Setting> fixed;
  std::vector<Axis> axes;
  std::vector<Exclusion> exclusions;
  std::optional<Crossing> crossing;
  unsigned mechanisms_line = 0;
  unsigned probes_line = 0;
  unsigned family_line = 0;
};

// What of the file can be judged without its lab. Throws InputError with all that is wrong, one mistake a line:
// `campaigns/x.toml:3: sweep: …`.
Campaign load_campaign(const std::filesystem::path& file);

// The file as it is shown in problems: "campaigns/x.toml".
std::string shown_name(const std::filesystem::path& file);

}  // namespace segue::campaign
