#include "orchestrator/report/json_parts.hpp"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "nodes/base/error.hpp"
#include "nodes/protocol/json.hpp"
#include "orchestrator/files/whole_file.hpp"

namespace segue::report {

Json read_json(const std::filesystem::path& file) {
  try {
    return parse_ordered_json(files::read_file(file));
  } catch (const Json::exception& error) {
    throw Error(fmt::format("read {}: {}", file.string(), error.what()));
  }
}

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json number(std::optional<double> value) { return value ? number(*value) : Json(nullptr); }

Json regression_json(const Line& line) {
  return {{"n", line.n},
          {"slope_per_s", number(line.slope)},
          {"slope_ci95", number(line.slope_ci95)},
          {"intercept", number(line.intercept)},
          {"intercept_ci95", number(line.intercept_ci95)},
          {"r2", number(line.r2)}};
}

Json reference_json(const config::Reference& reference) {
  Json value = Json::object();
  if (reference.completion) {
    value["completion_s"] = {{"mean", static_cast<double>(reference.completion->count()) / 1e9},
                             {"error", static_cast<double>(reference.completion_error.count()) / 1e9}};
  }
  if (reference.lost_uplink) {
    value["lost_uplink"] = {{"mean", *reference.lost_uplink}, {"error", reference.lost_uplink_error}};
  }
  if (reference.lost_downlink) {
    value["lost_downlink"] = {{"mean", *reference.lost_downlink}, {"error", reference.lost_downlink_error}};
  }
  return value;
}

Json table_of(const std::vector<std::string>& columns) { return {{"columns", columns}, {"rows", Json::array()}}; }

std::vector<std::string> link_columns() {
  return {"run", "link", "direction", "requested", "realised", "packets", "lost", "dropped"};
}

std::vector<std::string> handover_columns() {
  return {"run",
          "mechanism",
          "probe",
          "verdict",
          "reasons",
          "handover",
          "mobile",
          "from",
          "to",
          "started_ns",
          "outcome",
          "failure",
          "completion_ns",
          "expected_completion_ns",
          "retransmissions",
          "up_lost",
          "up_interruption_ns",
          "up_expected_lost",
          "down_lost",
          "down_interruption_ns",
          "down_expected_lost"};
}

}  // namespace segue::report
