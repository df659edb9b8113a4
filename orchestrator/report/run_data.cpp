#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "nodes/base/error.hpp"
#include "nodes/protocol/json.hpp"
#include "orchestrator/report/csv.hpp"
#include "orchestrator/report/json_parts.hpp"
#include "orchestrator/report/report_data.hpp"

namespace segue::report {

namespace {

Json runs_table(const Json& summary) {
  Json table = table_of({"run", "mechanism", "title", "probe", "seed", "verdict", "reasons", "engine", "kernel",
                         "experiment_ns", "idle_share", "emulator_p50_ns", "emulator_p99_ns", "emulator_max_ns",
                         "timers_p50_ns", "timers_p99_ns", "timers_max_ns"});
  std::size_t index = 0;
  for (const auto& run : summary.at("runs")) {
    const auto& links = run.at("emulator").at("lateness_ns");
    const auto& timers = run.at("timers").at("lateness_ns");
    table["rows"].push_back({index++, run.at("mechanism"), run.at("title"), run.at("probe"), run.at("seed"),
                             run.at("verdict"), run.at("reasons"), run.at("emulator").at("engine"),
                             run.value("kernel", ""), run.at("experiment_ns"), run.at("cpu").at("idle_share"),
                             links.at("p50"), links.at("p99"), links.at("max"), timers.at("p50"), timers.at("p99"),
                             timers.at("max")});
  }
  return table;
}

// Results of before handovers had a verdict of their own have that of their run.
std::string reasons_of(const Json& card) {
  return fmt::format("{}", fmt::join(card.value("reasons", std::vector<std::string>{}), "; "));
}

Json handovers_table(const Json& summary) {
  Json table = table_of(handover_columns());
  std::size_t index = 0;
  for (const auto& run : summary.at("runs")) {
    for (const auto& card : run.at("handovers")) {
      const auto& up = card.at("uplink");
      const auto& down = card.at("downlink");
      table["rows"].push_back({index,
                               run.at("mechanism"),
                               run.at("probe"),
                               card.value("verdict", run.at("verdict").get<std::string>()),
                               reasons_of(card),
                               card.at("index"),
                               card.at("mobile"),
                               card.at("from"),
                               card.at("to"),
                               card.at("started_ns"),
                               card.at("outcome"),
                               card.at("failure"),
                               card.at("completion_ns"),
                               card.at("expected_completion_ns"),
                               card.at("retransmissions"),
                               up.at("lost"),
                               up.at("interruption_ns"),
                               up.at("expected_lost"),
                               down.at("lost"),
                               down.at("interruption_ns"),
                               down.at("expected_lost")});
    }
    ++index;
  }
  return table;
}

Json throughput_table(const Json& summary) {
  Json table = table_of({"run", "t_ns", "length_ns", "bits_per_second"});
  std::size_t index = 0;
  for (const auto& run : summary.at("runs")) {
    for (const auto& bin : run.at("throughput")) {
      table["rows"].push_back({index, bin.at("t_ns"), bin.at("length_ns"), bin.at("bits_per_second")});
    }
    ++index;
  }
  return table;
}

Json steps_table(const Json& summary) {
  Json table = table_of({"run", "mechanism", "handover", "step", "name", "from", "to", "message", "layer", "sent_ns",
                         "received_ns", "done_ns", "expected_done_ns", "transmissions"});
  std::size_t index = 0;
  for (const auto& run : summary.at("runs")) {
    for (const auto& card : run.at("handovers")) {
      std::size_t number = 0;
      for (const auto& step : card.at("steps")) {
        table["rows"].push_back({index, run.at("mechanism"), card.at("index"), number++, step.at("name"),
                                 step.value("from", ""), step.value("to", ""), step.value("message", ""),
                                 step.value("layer", Json(3)), step.at("sent_ns"), step.at("received_ns"),
                                 step.at("done_ns"), step.at("expected_done_ns"), step.at("transmissions")});
      }
    }
    ++index;
  }
  return table;
}

Json links_table(const Json& summary) {
  Json table = table_of(link_columns());
  std::size_t index = 0;
  for (const auto& run : summary.at("runs")) {
    for (const auto& row : run.at("links")) {
      table["rows"].push_back({index, row.at("link"), row.at("direction"), row.at("requested"), row.at("realised"),
                               row.at("packets"), row.at("lost"), row.at("dropped")});
    }
    ++index;
  }
  return table;
}

std::int64_t whole_number(const std::string& cell) {
  std::int64_t value = 0;
  const auto* const end = cell.data() + cell.size();
  const auto [at, error] = std::from_chars(cell.data(), end, value);
  if (error != std::errc() || at != end) throw Error(fmt::format("\"{}\" is no time", cell));
  return value;
}

constexpr std::size_t most_pictured = 8;  // handovers of a run

// The cells of a packet's row that say what became of it; results of before that was told have none of them.
constexpr std::array fate_columns{"missed", "missed_at", "held_at", "copied_at", "forwarded_at", "reordered"};

// Of a call's packets those that its first handovers concern, times from the start of the handover.
void add_packets(Json& rows, const Json& run, std::size_t index, const CsvTable& csv) {
  const auto direction = csv.column("direction");
  const auto sent = csv.column("sent_ns");
  const auto received = csv.column("received_ns");
  std::vector<std::size_t> fates;
  fates.reserve(fate_columns.size());
  for (const char* name : fate_columns) fates.push_back(csv.column(name));
  std::size_t pictured = 0;
  for (const auto& card : run.at("handovers")) {
    if (pictured++ == most_pictured) return;
    const auto begin = card.at("window_begin_ns").get<std::int64_t>();
    const auto end = card.at("window_end_ns").get<std::int64_t>();
    const auto started = card.at("started_ns").get<std::int64_t>();
    for (const auto& packet : csv.rows) {
      const std::int64_t at = whole_number(packet[sent]);
      if (at < begin || at >= end) continue;
      Json row{index,
               run.at("mechanism"),
               card.at("index"),
               packet[direction],
               at - started,
               packet[received].empty() ? Json(nullptr) : Json(whole_number(packet[received]) - at)};
      for (const auto column : fates) row.push_back(packet[column]);
      rows.push_back(std::move(row));
    }
  }
}

Json packets_table(const Json& summary, const std::filesystem::path& folder) {
  Json table = table_of({"run", "mechanism", "handover", "direction", "sent_ns", "delay_ns", "cause", "place",
                         "held_at", "copied_at", "forwarded_at", "reordered"});
  std::size_t index = 0;
  for (const auto& run : summary.at("runs")) {
    const auto probe = run.at("probe").get<std::string>();
    const auto path = folder / fmt::format("{}.{}.csv", run.at("mechanism").get<std::string>(), probe);
    std::error_code error;
    if (probe == "voip" && std::filesystem::exists(path, error)) {
      const CsvTable csv = read_csv(path);
      const bool told = std::ranges::find(csv.columns, fate_columns.front()) != csv.columns.end();
      if (told) add_packets(table["rows"], run, index, csv);
    }
    ++index;
  }
  return table;
}

Json failures_of(const Json& summary) {
  Json rows = Json::array();
  for (const auto& text : summary.at("failed_runs")) {
    const auto line = text.get<std::string>();
    const auto end = std::min(line.find(": "), line.size());
    rows.push_back({{"run", line.substr(0, end)}, {"error", line.substr(std::min(end + 2, line.size()))}});
  }
  return rows;
}

}  // namespace

std::string run_data(const std::filesystem::path& folder) {
  const auto path = folder / "summary.json";
  try {
    const Json summary = read_json(path);
    const Json data = {{"kind", "run"},
                       {"segue", summary.at("segue")},
                       {"name", summary.at("lab")},
                       {"title", summary.at("title")},
                       {"lab", summary.at("lab")},
                       {"clock", summary.at("clock")},
                       {"links", summary.at("links")},
                       {"seed", summary.at("seed")},
                       {"command", summary.value("command", "")},
                       {"experiment_ns", summary.at("experiment_ns")},
                       {"nodes", summary.value("nodes", Json::array())},
                       {"parameters", Json::array()},
                       {"table", summary.at("table")},
                       {"explanations", summary.value("explanations", Json::array())},
                       {"runs", runs_table(summary)},
                       {"handovers", handovers_table(summary)},
                       {"throughput", throughput_table(summary)},
                       {"steps", steps_table(summary)},
                       {"links_table", links_table(summary)},
                       {"packets", packets_table(summary, folder)},
                       {"failed_runs", failures_of(summary)},
                       {"losses_on_completion", summary.at("losses_on_completion")},
                       {"route_action_ns", summary.at("route_action_ns")}};
    return json_text(data);
  } catch (const Json::exception& error) {
    throw Error(fmt::format("read {}: {}", path.string(), error.what()));
  }
}

std::string report_data(const std::filesystem::path& folder) {
  std::error_code error;
  if (std::filesystem::exists(folder / "campaign.json", error)) return campaign_data(folder);
  if (std::filesystem::exists(folder / "summary.json", error)) return run_data(folder);
  throw InputError(fmt::format("{}: neither a run nor a campaign has left its results there", folder.string()));
}

}  // namespace segue::report
