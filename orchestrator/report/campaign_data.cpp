#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "nodes/base/error.hpp"
#include "nodes/protocol/json.hpp"
#include "orchestrator/record/result.hpp"
#include "orchestrator/report/campaign_options.hpp"
#include "orchestrator/report/csv.hpp"
#include "orchestrator/report/json_parts.hpp"
#include "orchestrator/report/report_data.hpp"

namespace segue::report {

namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

// What identifies the row of a table, of which the rest are numbers where they can be.
const std::set<std::string> texts{"run",     "mechanism", "probe",     "verdict",   "mobile",  "from",
                                  "to",      "outcome",   "failure",   "reasons",   "engine",  "name",
                                  "message", "link",      "direction", "requested", "realised"};

Json value_of(const std::string& column, const std::string& cell) {
  if (texts.contains(column)) return cell;
  if (cell.empty()) return Json();
  const char* const end = cell.data() + cell.size();
  std::int64_t whole = 0;
  if (const auto [at, error] = std::from_chars(cell.data(), end, whole); error == std::errc() && at == end)
    return whole;
  double real = 0;
  if (const auto [at, error] = std::from_chars(cell.data(), end, real); error == std::errc() && at == end) return real;
  return cell;
}

// The wanted columns of a CSV file, of the rows that `wanted` takes.
template <typename Wanted>
Json table_from(const CsvTable& csv, const Names& columns, const Names& parameters, Wanted wanted) {
  Json table = {{"columns", columns}, {"rows", Json::array()}};
  std::vector<std::size_t> places;
  for (const auto& name : columns) places.push_back(csv.column(name));
  for (const auto& name : parameters) {
    table["columns"].push_back(name);
    places.push_back(csv.column(name));
  }
  for (const auto& row : csv.rows) {
    if (!wanted(row)) continue;
    Json values = Json::array();
    for (std::size_t i = 0; i < places.size(); ++i) {
      const bool setting = i >= columns.size();
      values.push_back(setting ? Json(row[places[i]]) : value_of(columns[i], row[places[i]]));
    }
    table["rows"].push_back(std::move(values));
  }
  return table;
}

const auto all = [](const std::vector<std::string>&) { return true; };

// In the place of a verdict, of a run that did not come to its end.
bool has_failed(const std::string& verdict) { return verdict == to_text(record::Outcome::failed); }
bool is_good(const std::string& verdict) { return record::in_means(record::verdict_named(verdict)); }

// The page shows one run of each mechanism and probe over time, and one cell of each mechanism step by step: the first
// of each with a run that is not tainted. A campaign has thousands of the others, which are in its CSV files.
struct Shown {
  std::set<std::string> runs;   // one for each mechanism and probe
  std::set<std::string> cells;  // one for each mechanism
};

Shown choose(const CsvTable& runs) {
  std::map<std::pair<std::string, std::string>, std::string> run_of;
  std::map<std::string, std::string> cell_of;
  for (const bool good : {true, false}) {
    for (const auto& row : runs.rows) {
      const auto& verdict = row[runs.column("verdict")];
      if (has_failed(verdict) || is_good(verdict) != good) continue;
      const auto& mechanism = row[runs.column("mechanism")];
      run_of.try_emplace({mechanism, row[runs.column("probe")]}, row[runs.column("run")]);
      cell_of.try_emplace(mechanism, row[runs.column("cell")]);
    }
  }
  Shown shown;
  for (const auto& [key, run] : run_of) shown.runs.insert(run);
  for (const auto& [mechanism, cell] : cell_of) shown.cells.insert(cell);
  return shown;
}

// "update (r3)": the part of the step "update" that is done at r3, in one handover of one run.
struct StepOnWay {
  Json run;
  Json handover;
  std::string name;
  std::string node;

  bool follows(const StepOnWay& before) const {
    return !node.empty() && before.run == run && before.handover == handover && before.name == name;
  }
};

StepOnWay on_way(const Json& row) {
  const auto text = row[4].get<std::string>();
  const auto at = text.rfind(" (");
  if (at == std::string::npos || !text.ends_with(')')) return {};
  return {row[0], row[2], text.substr(0, at), text.substr(at + 2, text.size() - at - 3)};
}

// The file of steps has times; what each step is stands in the mechanisms of campaign.json.
Json steps_of(const CsvTable& csv, const Shown& shown, const Json& campaign) {
  std::map<std::pair<std::string, std::string>, Json> meaning;
  for (const auto& mechanism : campaign.at("mechanisms")) {
    for (const auto& step : mechanism.at("steps")) {
      meaning[{mechanism.at("name").get<std::string>(), step.at("name").get<std::string>()}] = step;
    }
  }
  Json table = table_from(csv,
                          {"run", "mechanism", "handover", "step", "name", "sent_ns", "received_ns", "done_ns",
                           "expected_done_ns", "transmissions"},
                          {}, [&](const auto& row) { return shown.cells.contains(row[csv.column("cell")]); });
  for (const char* name : {"from", "to", "message", "layer"}) table["columns"].push_back(name);
  StepOnWay before;
  for (auto& row : table["rows"]) {
    auto found = meaning.find({row[1].get<std::string>(), row[4].get<std::string>()});
    StepOnWay one;
    if (found == meaning.end()) {
      one = on_way(row);
      found = meaning.find({row[1].get<std::string>(), one.name});
    }
    if (found == meaning.end()) {
      for (int i = 0; i < 4; ++i) row.push_back("");
      continue;
    }
    const Json& step = found->second;
    const bool local = step.at("layer") == 0;
    Json from = step.at("from");
    if (!one.node.empty() && local) from = one.node;
    if (!local && one.follows(before)) from = before.node;
    row.push_back(std::move(from));
    row.push_back(one.node.empty() ? step.at("to") : Json(one.node));
    row.push_back(step.at("message"));
    row.push_back(step.at("layer"));
    before = one;
  }
  return table;
}

std::uint64_t count_in(const CsvTable& csv, std::size_t row, const char* column) {
  const std::string& cell = csv.rows[row][csv.column(column)];
  std::uint64_t count = 0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), count);
  if (error == std::errc() && end == cell.data() + cell.size()) return count;
  throw Error(fmt::format("{}: row {}: {}: \"{}\" is no count", csv.file, row + 1, column, cell));
}

// One row for each direction of a link and each setting: the page adds up counters anyway.
Json links_of(const CsvTable& csv) {
  Json table = table_of(link_columns());
  using Key = std::vector<std::string>;
  std::vector<Key> order;
  std::map<Key, std::array<std::uint64_t, 3>> sums;
  for (std::size_t row = 0; row < csv.rows.size(); ++row) {
    Key key;
    for (const char* name : {"link", "direction", "requested", "realised"}) {
      key.push_back(csv.rows[row][csv.column(name)]);
    }
    const auto [at, fresh] = sums.try_emplace(key);
    if (fresh) order.push_back(key);
    std::size_t i = 0;
    for (const char* name : {"packets", "lost", "dropped"}) at->second[i++] += count_in(csv, row, name);
  }
  for (const auto& key : order) {
    const auto& sum = sums[key];
    table["rows"].push_back({"", key[0], key[1], key[2], key[3], sum[0], sum[1], sum[2]});
  }
  return table;
}

// With the handovers' own verdicts, unless their run is in no mean at all. Campaigns of before have those of the runs.
CsvTable handovers_of(const fs::path& file) {
  CsvTable csv = read_csv(file);
  const auto place = [&](std::string_view name) {
    return static_cast<std::size_t>(std::find(csv.columns.begin(), csv.columns.end(), name) - csv.columns.begin());
  };
  const std::size_t own = place("handover_verdict");
  const std::size_t reasons = place("handover_reasons");
  if (own == csv.columns.size() || reasons == csv.columns.size()) {
    csv.columns.emplace_back("reasons");
    for (auto& row : csv.rows) row.emplace_back();
    return csv;
  }
  csv.columns[reasons] = "reasons";
  const std::size_t verdict = csv.column("verdict");
  for (auto& row : csv.rows) {
    if (is_good(row[verdict])) row[verdict] = row[own];
  }
  return csv;
}

Json failures_of(const CsvTable& runs) {
  Json rows = Json::array();
  for (const auto& row : runs.rows) {
    if (!has_failed(row[runs.column("verdict")])) continue;
    rows.push_back({{"run", fmt::format("{}: {}, {}", row[runs.column("run")], row[runs.column("mechanism")],
                                        row[runs.column("probe")])},
                    {"error", row[runs.column("reasons")]}});
  }
  return rows;
}

Json without_statistics(const fs::path& folder, const Json& campaign) {
  Names parameters;
  for (const auto& one : campaign.at("parameters")) parameters.push_back(one.at("name"));
  const CsvTable runs = read_csv(folder / "runs.csv");
  const Shown shown = choose(runs);
  const auto run = [&](const CsvTable& csv) { return csv.column("run"); };
  const CsvTable throughput = read_csv(folder / "throughput.csv");
  return {{"kind", "campaign"},
          {"segue", campaign.at("segue")},
          {"name", campaign.at("campaign")},
          {"title", campaign.at("title")},
          {"lab", campaign.at("lab")},
          {"clock", campaign.at("clock")},
          {"links", campaign.at("links")},
          {"seed", campaign.at("seed")},
          {"kernel", campaign.value("kernel", "")},
          {"command", campaign.value("repeat", "")},
          {"options", campaign_options(campaign)},
          {"nodes", campaign.at("topology").at("nodes")},
          {"parameters", campaign.at("parameters")},
          {"crossing", campaign.value("crossing", Json())},
          {"runs", table_from(runs,
                              {"run", "cell", "mechanism", "probe", "seed", "verdict", "reasons", "engine",
                               "experiment_ns", "idle_share", "emulator_p50_ns", "emulator_p99_ns", "emulator_max_ns",
                               "timers_p50_ns", "timers_p99_ns", "timers_max_ns"},
                              parameters, [&](const auto& row) { return !has_failed(row[runs.column("verdict")]); })},
          {"handovers", table_from(handovers_of(folder / "handovers.csv"), handover_columns(), parameters, all)},
          {"throughput", table_from(throughput, {"run", "t_ns", "length_ns", "bits_per_second"}, {},
                                    [&](const auto& row) { return shown.runs.contains(row[run(throughput)]); })},
          {"steps", steps_of(read_csv(folder / "steps.csv"), shown, campaign)},
          {"links_table", links_of(read_csv(folder / "links.csv"))},
          {"failed_runs", failures_of(runs)}};
}

void add_statistics(Json& data, const Json& statistics) {
  data["interrupted"] = statistics.value("interrupted", false);
  data["table"] = statistics.at("table");
  for (const char* name : {"comparisons", "losses_on_completion", "crossings"}) {
    data[name] = statistics.value(name, Json());
  }
}

// What is wrong in the contents of a file is told with its name.
template <typename Use>
void use_of(const fs::path& file, Use use) {
  try {
    use(read_json(file));
  } catch (const Json::exception& error) {
    throw Error(fmt::format("read {}: {}", file.string(), error.what()));
  }
}

}  // namespace

std::string campaign_data(const fs::path& folder) {
  Json data;
  use_of(folder / "campaign.json", [&](const Json& campaign) {
    std::error_code ignored;
    if (!fs::exists(folder / "statistics.json", ignored)) {
      throw InputError(
          fmt::format("{}: this campaign was ended before it had tables; --resume goes on with it", folder.string()));
    }
    data = without_statistics(folder, campaign);
  });
  use_of(folder / "statistics.json", [&](const Json& statistics) { add_statistics(data, statistics); });
  return json_text(data);
}

}  // namespace segue::report
