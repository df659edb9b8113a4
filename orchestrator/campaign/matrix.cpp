#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "nodes/base/error.hpp"
#include "orchestrator/campaign/names.hpp"
#include "orchestrator/campaign/plan.hpp"
#include "orchestrator/config/problems.hpp"
#include "orchestrator/config/spelling.hpp"
#include "orchestrator/experiment/run.hpp"
#include "orchestrator/mobility/ends_attached.hpp"
#include "orchestrator/mobility/tunnels.hpp"

namespace segue::campaign {

namespace {

constexpr std::size_t most_cells = 10'000;
constexpr std::size_t most_runs = 10'000'000;

std::string one_line(std::string text) {
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 2) text.replace(at, 1, "; ");
  return text;
}

class Matrix {
 public:
  explicit Matrix(Campaign campaign) : problems_(shown_name(campaign.file)) { plan_.campaign = std::move(campaign); }

  Plan make() {
    plan_.topology = config::load_topology(plan_.campaign.lab);
    choose_mechanisms();
    choose_probes();
    for (const Axis& axis : campaign().axes) {
      plan_.parameters.insert(plan_.parameters.end(), axis.names.begin(), axis.names.end());
    }
    check_size();
    read_fixed();
    check_values();
    problems_.throw_if_any();
    for (std::size_t mechanism = 0; mechanism < plan_.mechanisms.size(); ++mechanism) {
      for (const auto probe : plan_.probes) {
        Cell cell{.mechanism = mechanism, .probe = probe, .interval = interval_for(probe)};
        cell.overrides = fixed_.overrides;
        cell.mechanism_overrides = fixed_.mechanism_overrides;
        add_cells(cell, 0);
      }
    }
    if (plan_.cells.empty()) problems_.add(0, "", "nothing is left to run: the exclusions leave out every cell");
    for (const Cell& cell : plan_.cells) check(cell, campaign().axes.empty() ? 0 : campaign().axes.front().line);
    problems_.throw_if_any();
    gather_warnings();
    return std::move(plan_);
  }

 private:
  const Campaign& campaign() const { return plan_.campaign; }

  // The paper gives TCP ten seconds to recover between handovers, and the others five.
  Delay interval_for(experiment::Probe probe) const {
    if (campaign().interval) return *campaign().interval;
    return probe == experiment::Probe::iperf_tcp ? std::chrono::seconds(10) : std::chrono::seconds(5);
  }

  void choose_mechanisms() {
    auto all = config::load_mechanisms(plan_.topology);
    std::vector<std::string_view> names;
    names.reserve(all.size());
    for (const auto& one : all) names.push_back(one.name);
    for (const auto& name : campaign().mechanisms) {
      const auto found = std::find(names.begin(), names.end(), name);
      if (found == names.end()) {
        problems_.add(campaign().mechanisms_line, "", "mechanisms: the lab has no " + config::unknown(name, names));
      } else {
        plan_.mechanisms.push_back(all[static_cast<std::size_t>(found - names.begin())]);
      }
    }
    if (!campaign().mechanisms.empty()) return;
    std::copy_if(all.begin(), all.end(), std::back_inserter(plan_.mechanisms),
                 [](const auto& one) { return one.by_default; });
    if (plan_.mechanisms.empty()) problems_.add(0, "", "the lab has no mechanisms to run");
  }

  void choose_probes() {
    for (const auto& name : campaign().probes) {
      try {
        plan_.probes.push_back(experiment::parse_probe(name));
      } catch (const InputError&) {
        problems_.add(campaign().probes_line, "",
                      "probes: there is no " + config::unknown(name, {"voip", "iperf-udp", "iperf-tcp"}));
      }
    }
  }

  void check_size() const {
    std::size_t cells = plan_.mechanisms.size() * plan_.probes.size();
    for (const Axis& axis : campaign().axes) {
      cells *= axis.points.size();
      if (cells > most_cells) {
        throw InputError(fmt::format("{}: more than {} cells", problems_.where(axis.line), most_cells));
      }
    }
    const auto most = campaign().stop ? campaign().stop->at_most : campaign().repetitions;
    if (cells * most > most_runs) {
      throw InputError(fmt::format("{}: {} runs are more than {}", problems_.where(0), cells * most, most_runs));
    }
  }

  void set(Cell& cell, const std::string& name, const std::string& value, unsigned line) {
    constexpr std::string_view mechanism = "mechanism.";
    if (name.starts_with(mechanism)) {
      cell.mechanism_overrides.emplace_back(name.substr(mechanism.size()), value);
      return;
    }
    try {
      for (auto& full : expand_name(campaign(), plan_.topology, name))
        cell.overrides.emplace_back(std::move(full), value);
    } catch (const InputError& error) {
      once(line, name + ": " + error.what());
    }
  }

  void read_fixed() {
    for (const auto& [name, value, line] : campaign().fixed) set(fixed_, name, value, line);
  }

  void add_cells(const Cell& so_far, std::size_t axis_index) {
    if (axis_index == campaign().axes.size()) {
      if (!excluded(so_far)) plan_.cells.push_back(so_far);
      return;
    }
    const Axis& axis = campaign().axes[axis_index];
    for (const auto& point : axis.points) {
      Cell cell = so_far;
      for (std::size_t i = 0; i < axis.names.size(); ++i) {
        cell.values.push_back(point[i]);
        set(cell, axis.names[i], point[i], axis.line);
      }
      add_cells(cell, axis_index + 1);
    }
  }

  const std::string& value_of(const Cell& cell, const std::string& name) const {
    if (name == "mechanism") return plan_.mechanisms[cell.mechanism].name;
    const auto found = std::find(plan_.parameters.begin(), plan_.parameters.end(), name);
    return cell.values.at(static_cast<std::size_t>(found - plan_.parameters.begin()));
  }

  bool excluded(const Cell& cell) const {
    const auto holds = [&](const auto& condition) {
      const auto& [name, values] = condition;
      const std::string own(name == "probe" ? std::string(experiment::to_text(cell.probe)) : value_of(cell, name));
      return std::find(values.begin(), values.end(), own) != values.end();
    };
    return std::any_of(campaign().exclusions.begin(), campaign().exclusions.end(), [&](const Exclusion& exclusion) {
      return std::all_of(exclusion.all_of.begin(), exclusion.all_of.end(), holds);
    });
  }

  // Each value alone first, so that a mistake is told with the line it is in.
  void check_values() {
    for (std::size_t mechanism = 0; mechanism < plan_.mechanisms.size(); ++mechanism) {
      for (const auto& [name, value, line] : campaign().fixed) {
        Cell cell{.mechanism = mechanism};
        set(cell, name, value, line);
        check(cell, line);
      }
      for (const Axis& axis : campaign().axes) {
        for (const auto& point : axis.points) {
          Cell cell{.mechanism = mechanism};
          for (std::size_t i = 0; i < axis.names.size(); ++i) set(cell, axis.names[i], point[i], axis.line);
          check(cell, axis.line);
        }
      }
    }
  }

  // Reads topology and mechanism of a cell as its runs will.
  void check(const Cell& cell, unsigned line) {
    const auto [known, fresh] = warnings_.try_emplace(key_of(cell));
    if (!fresh) return;
    const auto& name = plan_.mechanisms[cell.mechanism].name;
    try {
      const auto topology = config::load_topology(campaign().lab, cell.overrides);
      check_family(topology);
      const auto mechanism =
          config::load_mechanism(topology.folder / "mechanisms" / (name + ".toml"), topology, cell.mechanism_overrides);
      const mobility::Ways ways(topology);
      mobility::require_ends_attached({topology, ways}, mechanism, experiment::first_mobile(topology));
      known->second = mobility::warnings_of(topology, {mechanism});
    } catch (const InputError& error) {
      once(line, one_line(error.what()));
    }
  }

  void check_family(const config::Topology& topology) {
    if (campaign().family == Family::ipv6) return;  // which every node has
    try {
      for (const auto end : {experiment::first_mobile(topology), experiment::correspondent_of(topology)}) {
        experiment::probed_address(topology, end, campaign().family);
      }
    } catch (const InputError& error) {
      once(campaign().family_line, fmt::format("family: {}", error.what()));
    }
  }

  // Those of whole cells alone: a value that leaves no room may go together with one that gives it.
  void gather_warnings() {
    for (const Cell& cell : plan_.cells) {
      for (const auto& warning : warnings_.at(key_of(cell))) {
        auto& all = plan_.warnings;
        if (std::find(all.begin(), all.end(), warning) == all.end()) all.push_back(warning);
      }
    }
  }

  using Key = std::pair<std::size_t, std::pair<config::Overrides, config::Overrides>>;
  static Key key_of(const Cell& cell) { return {cell.mechanism, {cell.overrides, cell.mechanism_overrides}}; }

  void once(unsigned line, const std::string& text) {
    if (said_.insert(text).second) problems_.add(line, "", text);
  }

  Plan plan_;
  config::Problems problems_;
  Cell fixed_;
  std::map<Key, std::vector<std::string>> warnings_;  // of what has been checked
  std::set<std::string> said_;
};

}  // namespace

Plan make_plan(Campaign campaign) { return Matrix(std::move(campaign)).make(); }

}  // namespace segue::campaign
