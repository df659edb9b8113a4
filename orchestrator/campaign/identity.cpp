#include "orchestrator/campaign/identity.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "nodes/base/error.hpp"
#include "nodes/base/version.hpp"
#include "nodes/link/impairment_text.hpp"
#include "nodes/protocol/json.hpp"
#include "orchestrator/report/json_parts.hpp"

namespace segue::campaign {

namespace {

using report::Json;

Json reference_of(const config::Reference& reference) {
  Json value = report::reference_json(reference);
  value["source"] = reference.source;
  return value;
}

Json placed(const std::vector<config::Placed>& all) {
  Json value = Json::array();
  for (const auto& one : all) {
    Json item = {{"at", one.at}, {config::key_of(one.action), config::to_text(one.action)}};
    if (one.along) {
      const auto& [from, to, first, between, last] = *one.along;
      item["along"] = {from, to};
      item["there"] = {first, between, last};
    }
    value.push_back(std::move(item));
  }
  return value;
}

Json in_words(const std::vector<config::Action>& actions) {
  Json value = Json::array();
  for (const auto& action : actions)
    value.push_back(fmt::format("{} {}", config::key_of(action), config::to_text(action)));
  return value;
}

Json value_of(const config::Step& step, const config::Mechanism& mechanism) {
  Json after = Json::array();
  for (const auto index : step.after) after.push_back(mechanism.steps[index].name);
  // What a file for a format without them has no words for is left out, so that campaigns begun with it go on.
  Json routes = Json::array();
  Json more = Json::array();
  for (const auto& action : step.actions) {
    if (std::holds_alternative<config::RouteAction>(action)) {
      routes.push_back(config::to_text(action));
    } else {
      more.push_back(fmt::format("{} {}", config::key_of(action), config::to_text(action)));
    }
  }
  Json value = {{"name", step.name},
                {"from", step.from},
                {"to", step.to},
                {"message", step.message},
                {"layer", step.layer},
                {"via", step.via},
                {"delay_ns", step.delay.count()},
                {"timeout_ns", step.timeout.count()},
                {"retries", step.retries},
                {"retry_after_ns", step.retry_after.count()},
                {"after", after},
                {"routes", routes},
                {"execute", step.execute}};
  if (step.local()) value["wait"] = config::to_text(step.wait);
  if (!more.empty()) value["actions"] = std::move(more);
  if (step.hop_by_hop) value["hop_by_hop"] = true;
  if (!step.along.empty()) value["along"] = step.along;
  if (step.first) value["first"] = in_words(*step.first);
  if (step.last) value["last"] = in_words(*step.last);
  return value;
}

Json value_of(const config::Mechanism& mechanism) {
  Json steps = Json::array();
  for (const auto& step : mechanism.steps) steps.push_back(value_of(step, mechanism));
  Json value = {{"name", mechanism.name},
                {"title", mechanism.title},
                {"order", mechanism.order},
                {"complete", mechanism.steps.at(mechanism.completes.downlink).name},
                {"routes_by", mechanism.routes_by_ip ? "command" : "netlink"},
                {"reference", reference_of(mechanism.reference)},
                {"attached", placed(mechanism.attached)},
                {"start", placed(mechanism.start)},
                {"steps", steps}};
  if (mechanism.completes.by_direction()) {
    value["complete_uplink"] = mechanism.steps.at(mechanism.completes.uplink).name;
  }
  if (!mechanism.home.empty()) value["home"] = mechanism.home;
  if (mechanism.encapsulation != config::Encapsulation::srv6) value["encapsulation"] = "ip-in-ip";
  return value;
}

Json value_of(const config::Topology& topology) {
  Json nodes = Json::array();
  for (const auto& node : topology.nodes) {
    nodes.push_back({{"name", node.name}, {"role", config::to_text(node.role)}, {"address", to_text(node.address)}});
  }
  Json links = Json::array();
  for (const auto& link : topology.links) {
    links.push_back({{"name", link.name},
                     {"a", topology.nodes[link.a.node].name},
                     {"b", topology.nodes[link.b.node].name},
                     {"mtu", link.mtu},
                     {"a_to_b", link::to_text(link.a_to_b)},
                     {"b_to_a", link::to_text(link.b_to_a)},
                     {"delay_ns", link.a_to_b.delay.count()}});
  }
  return {{"name", topology.name}, {"title", topology.title}, {"nodes", nodes}, {"links", links}};
}

Json parameters_of(const Plan& plan) {
  Json parameters = Json::array();
  std::size_t index = 0;
  for (const Axis& axis : plan.campaign.axes) {
    for (std::size_t i = 0; i < axis.names.size(); ++i, ++index) {
      Json values = Json::array();
      std::string unit;
      for (const auto& point : axis.points) {
        const auto quantity = quantity_of(axis.names[i], point[i]);
        if (!quantity.unit.empty()) unit = quantity.unit;
        values.push_back({{"text", point[i]}, {"number", report::number(quantity.number)}});
      }
      parameters.push_back({{"name", axis.names[i]}, {"unit", unit}, {"values", values}});
    }
  }
  return parameters;
}

Json cells_of(const Plan& plan) {
  Json cells = Json::array();
  for (std::size_t i = 0; i < plan.cells.size(); ++i) {
    const Cell& cell = plan.cells[i];
    Json parameters = Json::object();
    for (std::size_t p = 0; p < plan.parameters.size(); ++p) parameters[plan.parameters[p]] = cell.values[p];
    cells.push_back({{"cell", i},
                     {"mechanism", plan.mechanisms[cell.mechanism].name},
                     {"probe", experiment::to_text(cell.probe)},
                     {"handovers", plan.campaign.handovers},
                     {"interval_ns", cell.interval.count()},
                     {"parameters", parameters},
                     {"overrides", cell.overrides},
                     {"mechanism_overrides", cell.mechanism_overrides}});
  }
  return cells;
}

Json stop_of(const std::optional<StopRule>& rule) {
  if (!rule) return nullptr;
  Json of = Json::array();
  for (const Metric metric : rule->of) of.push_back(to_text(metric));
  return {{"until", rule->text},        {"below", rule->below},    {"relative", rule->relative}, {"of", of},
          {"at_least", rule->at_least}, {"at_most", rule->at_most}};
}

Json crossing_of(const std::optional<Crossing>& crossing) {
  if (!crossing) return nullptr;
  return {{"of", to_text(crossing->of)},
          {"limit", crossing->limit},
          {"limit_text", crossing->limit_text},
          {"along", crossing->along}};
}

}  // namespace

std::string command_of(const Plan& plan) {
  const auto lab = "lab/" + plan.topology.name;
  auto command = fmt::format("segue campaign {}/campaigns/{}", lab, plan.campaign.file.filename().string());
  if (plan.campaign.names_lab) command += " --lab " + lab;  // not the one that its copy names
  command += " --clock " + plan.clock;
  if (!plan.memory.empty()) command += " --memory " + plan.memory;
  if (!plan.date.empty()) command += " --date " + plan.date;
  return command + " --out again";
}

std::string identity_of(const Plan& plan) {
  const Campaign& campaign = plan.campaign;
  Json mechanisms = Json::array();
  for (const auto& mechanism : plan.mechanisms) mechanisms.push_back(value_of(mechanism));
  Json probes = Json::array();
  for (const auto probe : plan.probes) probes.push_back(experiment::to_text(probe));
  Json fixed = Json::object();
  for (const auto& setting : campaign.fixed) fixed[setting.name] = setting.value;
  Json document = {{"segue", version},
                   {"campaign", campaign.name},
                   {"title", campaign.title},
                   {"lab", plan.topology.name},
                   {"clock", plan.clock},
                   {"links", campaign.links},
                   {"kernel", plan.kernel},
                   {"iperf", plan.iperf},
                   {"memory", plan.memory},
                   {"repeat", command_of(plan)},
                   {"seed", campaign.seed},
                   {"order", campaign.random_order ? "random" : "file"},
                   {"handovers", campaign.handovers},
                   {"repetitions", campaign.repetitions},
                   {"timeout_ns", campaign.timeout.count()},
                   {"keep_packets", campaign.keep_packets},
                   {"stop", stop_of(campaign.stop)},
                   {"crossing", crossing_of(campaign.crossing)},
                   {"set", fixed},
                   {"mechanisms", mechanisms},
                   {"probes", probes},
                   {"parameters", parameters_of(plan)},
                   {"topology", value_of(plan.topology)},
                   {"cells", cells_of(plan)}};
  if (!plan.date.empty()) document["date"] = plan.date;
  if (campaign.family == Family::ipv4) document["family"] = version_of(campaign.family);
  return json_text(document, 2) + '\n';
}

void require_same(const std::string& folder, const std::string& found, const std::string& wanted) {
  if (found == wanted) return;
  const Json before = Json::parse(found, nullptr, false);
  const Json now = parse_ordered_json(wanted);
  std::string what = "campaign.json";
  if (before.is_object()) {
    for (const auto& [key, value] : now.items()) {
      if (before.contains(key) && before[key] == value) continue;
      what = key;
      if (before.contains(key) && before[key].is_primitive()) {
        what += fmt::format(" (it has {}, this one {})", json_text(before[key]), json_text(value));
      }
      break;
    }
  }
  throw InputError(fmt::format("--out {}: it holds another campaign: they differ in {}", folder, what));
}

}  // namespace segue::campaign
