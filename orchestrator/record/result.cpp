#include "orchestrator/record/result.hpp"

#include <fmt/format.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <type_traits>

#include "nodes/base/error.hpp"
#include "nodes/protocol/json.hpp"
#include "orchestrator/record/fields.hpp"

namespace segue::record {

using nlohmann::json;

// JSON has no infinity: an outage without end is written as null.
template <typename Number>
static void read(const json& value, Number& number) {
  if constexpr (std::is_floating_point_v<Number>) {
    number = value.is_null() ? std::numeric_limits<Number>::infinity() : value.get<Number>();
  } else {
    value.get_to(number);
  }
}

template <typename Of, std::size_t n>
static void take_figures(const json& j, const std::array<Figure<Of>, n>& figures, Of& of) {
  for (const auto& figure : figures) {
    const json& value = j.at(figure.name);
    visit_figure(figure, of, [&](auto& number) { read(value, number); });
  }
}

static void to_json(json& j, const DirectionScore& score) { put_figures(j, direction_fields, score); }
static void from_json(const json& j, DirectionScore& score) { take_figures(j, direction_fields, score); }
static void to_json(json& j, const FlowTotals& totals) { put_figures(j, flow_fields, totals); }
static void from_json(const json& j, FlowTotals& totals) { take_figures(j, flow_fields, totals); }

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(StepTimes, name, from, to, message, layer, sent_ns, received_ns, done_ns,
                                   expected_done_ns, route_ns, transmissions)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Scorecard, index, slot, verdict, reasons, limits, mobile, from, to, started_ns,
                                   window_begin_ns, window_end_ns, outcome, failure, failed_step, completion_ns,
                                   expected_completion_ns, dead_end, messages, retransmissions, route_switch_ns,
                                   route_actions_ns, anomalies, steps, uplink, downlink)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Quantiles, p50, p99, max, count)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(LinkTerms, delay_ns, loss, bits_per_second)

static void to_json(json& j, const LinkRow& row) {
  j = {{"link", row.link},   {"direction", row.direction}, {"requested", row.requested}, {"realised", row.realised},
       {"asked", row.asked}, {"in_force", row.in_force},   {"queued", row.queued}};
  put_figures(j, link_fields, row.counters);
}

static void from_json(const json& j, LinkRow& row) {
  j.at("link").get_to(row.link);
  j.at("direction").get_to(row.direction);
  j.at("requested").get_to(row.requested);
  j.at("realised").get_to(row.realised);
  j.at("asked").get_to(row.asked);
  j.at("in_force").get_to(row.in_force);
  j.at("queued").get_to(row.queued);
  take_figures(j, link_fields, row.counters);
}

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(NetlinkRow, node, requests, errors, total_ns, latency)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(NodeRow, node, role, up)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ThroughputTotals, probe, bits_per_second, bytes)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Judgement, verdict, reasons, limits)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Sample, with_call, uplink, downlink, throughput, emulator, timers, idle_share,
                                   verdict, mobile, attached, routers, nodes, links, netlink)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ThroughputBin, t_ns, length_ns, bits_per_second, lost, total)

static void to_json(json& j, const ProbePacket& packet) { j = {packet.sequence, packet.sent_ns, packet.received_ns}; }
static void from_json(const json& j, ProbePacket& packet) {
  j.at(0).get_to(packet.sequence);
  j.at(1).get_to(packet.sent_ns);
  j.at(2).get_to(packet.received_ns);
}

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(RunResult, mechanism, title, probe, engine, kernel, seed, handovers_asked, verdict,
                                   reasons, origin_ns, emulator, timers, idle_share, experiment_ns, wall_ns, handovers,
                                   uplink, downlink, throughput, links, uplink_packets, downlink_packets,
                                   netlink_requests, netlink_errors)

namespace {

template <typename Value>
Value parse(std::string_view text, const char* what) {
  try {
    return parse_json(text).get<Value>();
  } catch (const json::exception& error) {
    throw Error(fmt::format("read {}: {}", what, error.what()));
  } catch (const Error& error) {
    throw Error(fmt::format("read {}: {}", what, error.what()));
  }
}

}  // namespace

std::string to_json(const Scorecard& scorecard) { return json_text(json(scorecard)); }
std::string to_json(const RunResult& result) { return json_text(json(result)); }
std::string to_json(const Sample& sample) { return json_text(json(sample)); }
Scorecard scorecard_from_json(std::string_view text) { return parse<Scorecard>(text, "a scorecard"); }
RunResult result_from_json(std::string_view text) { return parse<RunResult>(text, "a run's result"); }
Sample sample_from_json(std::string_view text) { return parse<Sample>(text, "a sample"); }

}  // namespace segue::record
