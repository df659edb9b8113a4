#include "orchestrator/record/result.hpp"

#include <fmt/format.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <type_traits>
#include <utility>

#include "nodes/base/error.hpp"
#include "nodes/protocol/json.hpp"
#include "orchestrator/record/fields.hpp"

namespace segue::record {

using nlohmann::json;

namespace {

// Times that are added to each other stay far from the end of their type: 73 years of nanoseconds.
constexpr std::int64_t longest_time = std::int64_t{1} << 61;

template <typename Integer>
void read_whole(const json& value, Integer& number) {
  if (!value.is_number_integer()) {
    throw Error(
        fmt::format("a whole number is wanted, not {}", value.is_number() ? json_text(value) : value.type_name()));
  }
  const bool fits = value.is_number_unsigned() ? std::in_range<Integer>(value.get<std::uint64_t>())
                                               : std::in_range<Integer>(value.get<std::int64_t>());
  if (fits) number = value.get<Integer>();
  if constexpr (std::is_same_v<Integer, std::int64_t>) {
    if (fits && number >= -longest_time && number <= longest_time) return;
  } else if (fits) {
    return;
  }
  throw Error(fmt::format("{} is out of range", json_text(value)));
}

// A number is not cast to what it does not fit, as the library does. JSON has no infinity: an outage without end is
// written as null.
template <typename Value>
void read(const json& from, Value& value) {
  if constexpr (std::is_floating_point_v<Value>) {
    value = from.is_null() ? std::numeric_limits<Value>::infinity() : from.get<Value>();
  } else if constexpr (std::is_integral_v<Value> && !std::is_same_v<Value, bool>) {
    read_whole(from, value);
  } else {
    from.get_to(value);
  }
}

template <typename Value>
void read(const json& from, std::vector<Value>& values) {
  values.resize(from.get_ref<const json::array_t&>().size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    try {
      read(from[i], values[i]);
    } catch (const Error& error) {
      throw Error(fmt::format("{}: {}", i, error.what()));
    }
  }
}

// What goes wrong says where: "handovers: 3: steps: 0: sent_ns: a whole number is wanted, not 0.5".
template <typename Value>
void read_member(const json& from, const char* name, Value& value) {
  const json& member = from.at(name);
  try {
    read(member, value);
  } catch (const json::exception& error) {
    throw Error(fmt::format("{}: {}", name, error.what()));
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", name, error.what()));
  }
}

}  // namespace

// As NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE, but reading by read_member().
#define SEGUE_READ_MEMBER(member) read_member(from, #member, value.member);
#define SEGUE_RECORD(Type, ...)                                               \
  static void to_json(json& nlohmann_json_j, const Type& nlohmann_json_t) {   \
    NLOHMANN_JSON_EXPAND(NLOHMANN_JSON_PASTE(NLOHMANN_JSON_TO, __VA_ARGS__))  \
  }                                                                           \
  static void from_json(const json& from, Type& value) {                      \
    NLOHMANN_JSON_EXPAND(NLOHMANN_JSON_PASTE(SEGUE_READ_MEMBER, __VA_ARGS__)) \
  }

template <typename Of, std::size_t n>
static void take_figures(const json& j, const std::array<Figure<Of>, n>& figures, Of& of) {
  for (const auto& figure : figures) {
    visit_figure(figure, of, [&](auto& number) { read_member(j, figure.name, number); });
  }
}

SEGUE_RECORD(Missed, place, cause, count)

template <typename Of, std::size_t n>
static void put_all(json& j, const std::array<Figure<Of>, n>& figures, const Of& of) {
  put_figures(j, figures, of);
  j["missed"] = of.missed;
}
template <typename Of, std::size_t n>
static void take_all(const json& j, const std::array<Figure<Of>, n>& figures, Of& of) {
  take_figures(j, figures, of);
  read_member(j, "missed", of.missed);
}

static void to_json(json& j, const DirectionScore& score) { put_all(j, direction_fields, score); }
static void from_json(const json& j, DirectionScore& score) { take_all(j, direction_fields, score); }
static void to_json(json& j, const FlowTotals& totals) { put_all(j, flow_fields, totals); }
static void from_json(const json& j, FlowTotals& totals) { take_all(j, flow_fields, totals); }

SEGUE_RECORD(StepTimes, name, from, to, message, layer, sent_ns, received_ns, done_ns, expected_done_ns, route_ns,
             transmissions)
SEGUE_RECORD(Scorecard, index, slot, verdict, reasons, limits, mobile, from, to, started_ns, window_begin_ns,
             window_end_ns, outcome, failure, failed_step, completion_ns, expected_completion_ns, dead_end, messages,
             retransmissions, route_switch_ns, route_actions_ns, anomalies, steps, uplink, downlink)
SEGUE_RECORD(Quantiles, p50, p99, max, count)
SEGUE_RECORD(LinkTerms, delay_ns, loss, bits_per_second)

static void to_json(json& j, const LinkRow& row) {
  j = {{"link", row.link},   {"direction", row.direction}, {"requested", row.requested}, {"realised", row.realised},
       {"asked", row.asked}, {"in_force", row.in_force},   {"queued", row.queued}};
  put_figures(j, link_fields, row.counters);
}

static void from_json(const json& j, LinkRow& row) {
  read_member(j, "link", row.link);
  read_member(j, "direction", row.direction);
  read_member(j, "requested", row.requested);
  read_member(j, "realised", row.realised);
  read_member(j, "asked", row.asked);
  read_member(j, "in_force", row.in_force);
  read_member(j, "queued", row.queued);
  take_figures(j, link_fields, row.counters);
}

SEGUE_RECORD(NetlinkRow, node, requests, errors, total_ns, latency)
SEGUE_RECORD(NodeRow, node, role, up)
SEGUE_RECORD(ThroughputTotals, probe, bits_per_second, bytes)
SEGUE_RECORD(Judgement, verdict, reasons, limits)
SEGUE_RECORD(Sample, with_call, uplink, downlink, throughput, emulator, timers, idle_share, verdict, mobile, attached,
             routers, nodes, links, netlink)
SEGUE_RECORD(ThroughputBin, t_ns, length_ns, bits_per_second, lost, total)

static void to_json(json& j, const PacketFate& fate) {
  j = {fate.cause ? json(*fate.cause) : json(),
       fate.place,
       fate.held_at,
       fate.copied_at,
       fate.forwarded_at,
       fate.reordered};
}
static void from_json(const json& j, PacketFate& fate) {
  if (!j.at(0).is_null()) fate.cause = j.at(0).get<Cause>();
  read(j.at(1), fate.place);
  read(j.at(2), fate.held_at);
  read(j.at(3), fate.copied_at);
  read(j.at(4), fate.forwarded_at);
  read(j.at(5), fate.reordered);
}

// Of most packets there is nothing to tell.
static void to_json(json& j, const ProbePacket& packet) {
  j = {packet.sequence, packet.sent_ns, packet.received_ns};
  if (packet.fate.remarkable()) j.push_back(packet.fate);
}
static void from_json(const json& j, ProbePacket& packet) {
  read(j.at(0), packet.sequence);
  read(j.at(1), packet.sent_ns);
  read(j.at(2), packet.received_ns);
  if (j.size() > 3) j.at(3).get_to(packet.fate);
}

SEGUE_RECORD(RunResult, mechanism, title, probe, family, engine, kernel, seed, handovers_asked, verdict, reasons,
             origin_ns, emulator, timers, idle_share, experiment_ns, wall_ns, handovers, uplink, downlink, throughput,
             links, uplink_packets, downlink_packets, netlink_requests, netlink_errors)

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
