#include "nodes/protocol/control.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "nodes/base/error.hpp"
#include "nodes/protocol/json.hpp"

namespace nlohmann {

template <>
struct adl_serializer<segue::Address> {
  static void to_json(json& j, const segue::Address& value) { j = segue::to_text(value); }
  static void from_json(const json& j, segue::Address& value) {
    const auto& text = j.get_ref<const std::string&>();
    value = segue::parse_address(text);
  }
};

template <>
struct adl_serializer<segue::Prefix> {
  static void to_json(json& j, const segue::Prefix& value) { j = segue::to_text(value); }
  static void from_json(const json& j, segue::Prefix& value) {
    value = segue::parse_prefix(j.get_ref<const std::string&>());
  }
};

template <>
struct adl_serializer<segue::Delay> {
  static void to_json(json& j, segue::Delay value) { j = value.count(); }
  static void from_json(const json& j, segue::Delay& value) { value = segue::Delay(j.get<std::int64_t>()); }
};

template <typename T>
struct adl_serializer<std::optional<T>> {
  static void to_json(json& j, const std::optional<T>& value) {
    if (value) j = *value;
  }
  static void from_json(const json& j, std::optional<T>& value) {
    if (!j.is_null()) value = j.get<T>();
  }
};

// The place of the alternative in the list, and the alternative.
template <typename... Alternatives>
struct adl_serializer<std::variant<Alternatives...>> {
  using Variant = std::variant<Alternatives...>;

  static void to_json(json& j, const Variant& value) {
    json body;
    std::visit(
        [&body](const auto& alternative) {
          if constexpr (!std::is_empty_v<std::decay_t<decltype(alternative)>>) body = alternative;
        },
        value);
    j = json::array({value.index(), std::move(body)});
  }
  static void from_json(const json& j, Variant& value) { take<0>(j.at(0).get<std::size_t>(), j.at(1), value); }

 private:
  // Takes alternative `Index` if that is the one, or tries the next.
  template <std::size_t Index>
  static void take(std::size_t index, const json& body, Variant& value) {
    if constexpr (Index == sizeof...(Alternatives)) {
      throw segue::Error("decode a control message: unknown kind " + std::to_string(index));
    } else if (index != Index) {
      take<Index + 1>(index, body, value);
    } else if constexpr (std::is_empty_v<std::variant_alternative_t<Index, Variant>>) {
      value.template emplace<Index>();
    } else {
      body.get_to(value.template emplace<Index>());
    }
  }
};

}  // namespace nlohmann

namespace segue::netlink {

using nlohmann::json;

static void to_json(json& j, const Mac& mac) { j = mac.bytes; }
static void from_json(const json& j, Mac& mac) { j.get_to(mac.bytes); }

static void to_json(json& j, const Rule& rule) {
  j = {{"ipv4", rule.family == Family::ipv4},
       {"from", rule.from},
       {"to", rule.to},
       {"iif", rule.iif},
       {"mark", rule.mark},
       {"table", rule.table},
       {"priority", rule.priority}};
}
static void from_json(const json& j, Rule& rule) {
  rule.family = j.at("ipv4").get<bool>() ? Family::ipv4 : Family::ipv6;
  j.at("from").get_to(rule.from);
  j.at("to").get_to(rule.to);
  j.at("iif").get_to(rule.iif);
  j.at("mark").get_to(rule.mark);
  j.at("table").get_to(rule.table);
  j.at("priority").get_to(rule.priority);
}

static void to_json(json& j, const Route& route) {
  j = {{"to", route.destination}, {"via", route.via},     {"dev", route.device},    {"src", route.source},
       {"type", route.type},      {"table", route.table}, {"metric", route.metric}, {"onlink", route.onlink}};
  if (const auto* encap = std::get_if<Seg6Encap>(&route.encapsulation)) j["seg6"] = {encap->segments, encap->reduced};
  if (const auto* dt6 = std::get_if<Seg6EndDt6>(&route.encapsulation)) j["end_dt6"] = dt6->table;
  if (const auto* dx4 = std::get_if<Seg6EndDx4>(&route.encapsulation)) j["end_dx4"] = dx4->next_hop;
  if (std::holds_alternative<Seg6End>(route.encapsulation)) j["end"] = true;
}

static void from_json(const json& j, Route& route) {
  j.at("to").get_to(route.destination);
  j.at("via").get_to(route.via);
  j.at("dev").get_to(route.device);
  j.at("src").get_to(route.source);
  j.at("type").get_to(route.type);
  j.at("table").get_to(route.table);
  j.at("metric").get_to(route.metric);
  j.at("onlink").get_to(route.onlink);
  if (j.contains("seg6")) route.encapsulation = Seg6Encap{j.at("seg6").at(0), j.at("seg6").at(1)};
  if (j.contains("end")) route.encapsulation = Seg6End{};
  if (j.contains("end_dt6")) route.encapsulation = Seg6EndDt6{j.at("end_dt6").get<std::uint32_t>()};
  if (j.contains("end_dx4")) route.encapsulation = Seg6EndDx4{j.at("end_dx4").get<Address>()};
}

}  // namespace segue::netlink

namespace segue::protocol {

using nlohmann::json;

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(LinkEndpoint, interface, to)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(NetworkEndpoint, from, to)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SetRoutes, routes)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Neighbour, interface, address, mac)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SetNeighbours, neighbours)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SetOperational, interface, operational)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Buffer, device, mtu, mark, copy_mark, addresses, uplink, rules, into, past, handover)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Hold, buffer, limit, drop_oldest)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Release, buffer)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Discard, buffer)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Window, buffer, time)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Replay, buffer)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Forget, buffer)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Listen, addresses)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TellDelivered, to, addresses, handover)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Bicast, buffer, copies, delay)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(EndBicast, buffer)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Execute, command)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Message, text, from, to, forth, back, delay, timeout, retries, retry_after,
                                   confirmed, tells_delivered)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Wait, at, time)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PlanStep, number, name, after, content, on_done)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Plan, handover, node, start, steps)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(StepReport, step, sent_ns, received_ns, done_ns, route_ns, transmissions)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PlanReport, handover, node, start_route_ns, steps, failure, failed_step)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(BufferReport, handover, uplink, held, deepest, dropped, discarded, replayed, copied,
                                   longest_wait_ns)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Anomaly, handover, node, step, kind, text)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Prepare, plan)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Begin, handover, at_ns)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Abandon, handover)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Apply, actions)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(StartCall, local, remote, port, interval_ns, payload, flow, remote_flow, first_ns)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CollectCall, stop_sending)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(StartIperf, server, udp, local, remote, port, window, rate, interval_ns, duration_ns)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CollectIperf, udp, stop)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ReadStatistics, restart_timers)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ReadSightings, flow, sequences, forget_ns)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Ready, pid)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Failed, what, exit_code)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(IperfBin, t_ns, length_ns, bits_per_second, lost, total)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(IperfRecords, started_ns, bins, running, failure)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(NodeStatistics, netlink_requests, netlink_errors, netlink_ns, netlink_latency,
                                   timer_lateness_ns, timers)

static void to_json(json& j, const CallPacket& packet) { j = {packet.sequence, packet.sent_ns, packet.received_ns}; }
static void from_json(const json& j, CallPacket& packet) {
  j.at(0).get_to(packet.sequence);
  j.at(1).get_to(packet.sent_ns);
  j.at(2).get_to(packet.received_ns);
}
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CallRecords, sent, received, more)

static void to_json(json& j, const Sighting& seen) {
  j = {seen.flow,    seen.sequence,  seen.at_ns,     static_cast<unsigned>(seen.kind), seen.interface, seen.tunnelled,
       seen.towards, seen.hop_limit, seen.inner_hops};
}
static void from_json(const json& j, Sighting& seen) {
  j.at(0).get_to(seen.flow);
  j.at(1).get_to(seen.sequence);
  j.at(2).get_to(seen.at_ns);
  const auto kind = j.at(3).get<unsigned>();
  if (kind > static_cast<unsigned>(Sighting::Kind::discarded))
    throw Error("decode a control message: unknown sighting");
  seen.kind = static_cast<Sighting::Kind>(kind);
  j.at(4).get_to(seen.interface);
  j.at(5).get_to(seen.tunnelled);
  j.at(6).get_to(seen.towards);
  j.at(7).get_to(seen.hop_limit);
  j.at(8).get_to(seen.inner_hops);
}
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Sightings, seen, missed)

static void to_json(json& j, const Late& late) {
  j = {{"forgotten_ns", late.what.forgotten_ns}, {"events", json::array()}};
  for (const auto& event : late.what.events) j["events"].push_back({event.due_ns, event.late_ns});
}
static void from_json(const json& j, Late& late) {
  j.at("forgotten_ns").get_to(late.what.forgotten_ns);
  for (const auto& event : j.at("events")) late.what.events.push_back({event.at(0), event.at(1)});
}

namespace {

// No message has a fraction; and what is beyond 64 bits is read as one, which the library casts unseen.
void require_integers(const json& document) {
  std::vector<const json*> left{&document};
  while (!left.empty()) {
    const json& value = *left.back();
    left.pop_back();
    if (value.is_number_float()) throw Error("decode a control message: a number that is no integer of 64 bits");
    if (!value.is_structured()) continue;
    for (const json& part : value) left.push_back(&part);
  }
}

template <typename Body>
std::string encode_message(std::uint64_t number, const Body& body) {
  json message = body;
  message.insert(message.begin(), number);
  return json_text(message);
}

template <typename Body>
std::pair<std::uint64_t, Body> decode_message(std::string_view bytes) {
  try {
    json document = parse_json(bytes);
    require_integers(document);
    const auto number = document.at(0).get<std::uint64_t>();
    document.erase(0);
    return {number, document.get<Body>()};
  } catch (const json::exception& error) {
    throw Error(fmt::format("decode a control message: {}", error.what()));
  }
}

}  // namespace

std::string encode(std::uint64_t number, const Request& request) { return encode_message(number, request); }
std::string encode(std::uint64_t number, const Report& report) { return encode_message(number, report); }

std::pair<std::uint64_t, Request> decode_request(std::string_view bytes) { return decode_message<Request>(bytes); }
std::pair<std::uint64_t, Report> decode_report(std::string_view bytes) { return decode_message<Report>(bytes); }

}  // namespace segue::protocol
