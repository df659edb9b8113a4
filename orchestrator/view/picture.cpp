#include "orchestrator/view/picture.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "nodes/base/error.hpp"
#include "nodes/protocol/json.hpp"
#include "orchestrator/record/fields.hpp"

namespace segue::view {

namespace {

using nlohmann::json;

// A number that is not finite travels as null.
template <typename Value>
Value get(const json& object, const char* key, Value otherwise = {}) {
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? otherwise : found->get<Value>();
}

template <typename Value, typename Read>
std::vector<Value> list(const json& object, const char* key, Read read) {
  std::vector<Value> values;
  const auto found = object.find(key);
  if (found == object.end()) return values;
  for (const json& one : *found) {
    if (!one.is_object()) throw Error(fmt::format("read the state of a lab: {} has something that is no object", key));
    values.push_back(read(one));
  }
  return values;
}

Node node_from(const json& from) {
  return {.name = get<std::string>(from, "name"), .role = get<std::string>(from, "role"), .up = get(from, "up", true)};
}

Cable cable_from(const json& from) {
  return {.link = get<std::string>(from, "link"),
          .a = get<std::string>(from, "a"),
          .b = get<std::string>(from, "b"),
          .delay = get<std::string>(from, "delay")};
}

Handover handover_from(const json& from) {
  return {.number = get<std::uint64_t>(from, "number"),
          .mechanism = get<std::string>(from, "mechanism"),
          .mobile = get<std::string>(from, "mobile"),
          .from = get<std::string>(from, "from"),
          .to = get<std::string>(from, "to"),
          .outcome = get(from, "outcome", record::Outcome::failed),
          .failure = get<std::string>(from, "failure"),
          .verdict = get(from, "verdict", record::Verdict::not_known),
          .completion_ns = get<std::int64_t>(from, "completion_ns"),
          .expected_completion_ns = get<std::int64_t>(from, "expected_completion_ns"),
          .lost_up = get<std::uint64_t>(from, "lost_up"),
          .lost_down = get<std::uint64_t>(from, "lost_down"),
          .interruption_up_ns = get<std::int64_t>(from, "interruption_up_ns"),
          .interruption_down_ns = get<std::int64_t>(from, "interruption_down_ns"),
          .ago_ns = get<std::int64_t>(from, "ago_ns")};
}

Flow flow_from(const json& from) {
  Flow flow{.direction = get<std::string>(from, "direction"), .totals = {}};
  for (const auto& field : record::flow_fields) {
    record::visit_figure(field, flow.totals, [&](auto& value) { value = get(from, field.name, value); });
  }
  return flow;
}

Throughput throughput_from(const json& from) {
  return {.probe = get<std::string>(from, "probe"),
          .bits_per_second = get<std::vector<double>>(from, "bits_per_second")};
}

// Empty until there is one.
std::optional<record::Verdict> verdict_from(const std::string& word) {
  return word.empty() ? std::nullopt : std::optional(record::verdict_named(word));
}

Picture picture_from(const json& from) {
  return {.lab = get<std::string>(from, "lab"),
          .name = get<std::string>(from, "name"),
          .links = get<std::string>(from, "links"),
          .metrics = get<std::string>(from, "metrics"),
          .prometheus = get<std::string>(from, "prometheus"),
          .grafana = get<std::string>(from, "grafana"),
          .mechanism = get<std::string>(from, "mechanism"),
          .every_ns = get<std::int64_t>(from, "every_ns"),
          .nodes = list<Node>(from, "nodes", node_from),
          .cables = list<Cable>(from, "cables", cable_from),
          .attached = get<std::map<std::string, std::string>>(from, "attached"),
          .handovers = list<Handover>(from, "handovers", handover_from),
          .flows = list<Flow>(from, "flows", flow_from),
          .throughput = list<Throughput>(from, "throughput", throughput_from),
          .verdict = verdict_from(get<std::string>(from, "verdict")),
          .reasons = get<std::vector<std::string>>(from, "reasons"),
          .trouble = get<std::string>(from, "trouble")};
}

}  // namespace

Picture picture_from_json(std::string_view text) {
  try {
    const json state = parse_json(text);
    if (!state.is_object()) throw Error("read the state of a lab: it is no object");
    return picture_from(state);
  } catch (const json::exception& error) {
    throw Error(fmt::format("read the state of a lab: {}", error.what()));
  }
}

}  // namespace segue::view
