#include "orchestrator/config/topology_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "orchestrator/config/impairments.hpp"
#include "orchestrator/config/names.hpp"
#include "orchestrator/config/spelling.hpp"

namespace segue::config {

namespace {

constexpr std::size_t most_nodes = 4096;
constexpr std::size_t most_links = 16384;
constexpr std::uint8_t shortest_locator_pool = 63;
constexpr std::uint8_t longest_subnet = 112;  // ::ffff is kept for nobody
constexpr std::uint8_t longest_subnet_ipv4 = 30;
constexpr std::string_view ipv4_subnet_of_mobile =
    "ipv4-subnet: a mobile's links have none, since IPv4 goes over them to the IPv6 address of the other end; leave it "
    "out";

std::vector<std::string_view> role_names() {
  std::vector<std::string_view> names;
  for (const auto role :
       {Role::mobile, Role::access_router, Role::anchor, Role::correspondent, Role::home, Role::router}) {
    names.push_back(to_text(role));
  }
  return names;
}

Role parse_role(std::string_view text) {
  const auto role = role_named(text);
  if (!role) throw InputError(unknown(text, role_names()));
  return *role;
}

Address parse_usable(std::string_view text, Family family) {
  const Address address = parse_address(text);
  if (address.family != family) {
    throw InputError(
        fmt::format("{}: an {} address is wanted", in_quotes(text), family == Family::ipv4 ? "IPv4" : "IPv6"));
  }
  if (!usable(address)) throw InputError(fmt::format("{}: no node can have this address", in_quotes(text)));
  return address;
}

Prefix parse_pool(std::string_view text, Family family, unsigned longest) {
  const Prefix prefix = parse_prefix(text).network();
  if (prefix.address.family != family) {
    throw InputError(
        fmt::format("{}: an {} prefix is wanted", in_quotes(text), family == Family::ipv4 ? "IPv4" : "IPv6"));
  }
  if (prefix.length > longest || prefix.length < 8) {
    throw InputError(fmt::format("{}: its length goes from 8 to {}", in_quotes(text), longest));
  }
  if (!usable(prefix.address)) throw InputError(fmt::format("{}: no node can have such addresses", in_quotes(text)));
  return prefix;
}

// gilbert-elliott is a table in the file and one text elsewhere.
std::optional<std::string> gilbert_elliott_text(Table& table) {
  constexpr std::string_view key = "gilbert-elliott";
  const Value* value = table.find(key);
  if (value == nullptr || value->kind == Value::Kind::string) return table.scalar(key);
  Table model(*value, table.object() + ": gilbert-elliott", table.problems());
  std::string text;
  for (const auto part : {"p", "r", "loss-in-bad", "loss-in-good"}) {
    if (const auto given = model.scalar(part)) text += fmt::format("{}{}={}", text.empty() ? "" : ",", part, *given);
  }
  model.finish();
  return text;
}

void read_impairments(Table& table, std::array<link::Impairments*, 2> directions) {
  for (const ImpairmentKey& key : impairment_keys()) {
    const auto text = key.name == "gilbert-elliott" ? gilbert_elliott_text(table) : table.scalar(key.name);
    if (!text) continue;
    try {
      for (auto* impairments : directions) {
        if (impairments != nullptr) set_impairment(*impairments, key.name, *text);
      }
    } catch (const InputError& error) {
      table.problem(table.line_of(key.name), error.what());
    }
  }
}

void check_direction(Table& table, const link::Impairments& impairments, std::string_view which) {
  for (const std::string& text : contradictions(impairments)) {
    table.problem(table.line(), which.empty() ? text : fmt::format("{}: {}", which, text));
  }
}

}  // namespace

void TopologyReader::read(const Value& document) {
  Table root(document, "", problems_);
  topology_.title = root.text("title").value_or(topology_.name);
  given_.ipv6_pool = default_ipv6_pool();
  if (const Value* value = root.table("addressing")) read_addressing(*value);
  if (const Value* value = root.table("defaults")) {
    Table table(*value, "defaults", problems_);
    read_settings(table, defaults_);
    table.finish();
  }
  const Value* nodes = root.table("nodes");
  if (nodes == nullptr && document.find("nodes") != nullptr) {
    nodes_are_whole_ = false;  // it is no table, which has been said
  } else if (nodes == nullptr || nodes->entries.empty()) {
    problems_.add(0, "", "it has no nodes; a lab needs one at least, as in [nodes.r1] with role = \"router\" under it");
  } else {
    read_nodes(*nodes);
  }
  if (const Value* value = root.table("links")) read_links(*value);
  if (const Value* value = root.table("routes")) read_routes(*value);
  root.finish();
  if (nodes != nullptr) read_homes(*nodes);
  name_interfaces(topology_);
  assign_addresses(topology_, given_, problems_);
  check_ipv4_of_mobiles();
  warn_about_mobiles();
}

void TopologyReader::read_addressing(const Value& value) {
  Table table(value, "addressing", problems_);
  const auto ipv6 =
      table.parsed("ipv6", [](std::string_view text) { return parse_pool(text, Family::ipv6, shortest_locator_pool); });
  if (ipv6) given_.ipv6_pool = *ipv6;
  given_.ipv4_pool = table.parsed("ipv4", [](std::string_view text) { return parse_pool(text, Family::ipv4, 30); });
  given_.ipv4_pool_line = table.line_of("ipv4");
  table.finish();
}

bool TopologyReader::is_good(unsigned line, const std::string& object, const std::string& fault) {
  if (!fault.empty()) problems_.add(line, object, fault);
  return fault.empty();
}

void TopologyReader::read_nodes(const Value& value) {
  if (value.entries.size() > most_nodes) {
    problems_.add(value.line, "nodes",
                  fmt::format("{} are too many; up to {} will do", value.entries.size(), most_nodes));
    nodes_are_whole_ = false;
    return;
  }
  for (const Entry& entry : value.entries) read_node(entry);
}

void TopologyReader::read_node(const Entry& entry) {
  const auto object = fmt::format("node {}", in_quotes(entry.key));
  Node node;
  node.name = entry.key;
  node.line = entry.line;
  const bool good = is_good(entry.line, object, fault_of_node_name(entry.key));
  Table table(entry.value, object, problems_);
  table.require("role", "\"router\"");
  const auto role = table.parsed("role", parse_role);
  node.role = role.value_or(Role::router);
  if (const auto named = role_named(entry.key); role && named && *named != *role) {
    problems_.add(entry.line, object, fmt::format("it is named after a role that is not its own, {}", to_text(*role)));
  }
  const auto ipv6 = [](std::string_view text) { return parse_usable(text, Family::ipv6); };
  const auto ipv4 = [](std::string_view text) { return parse_usable(text, Family::ipv4); };
  const auto address = table.parsed("address", ipv6);
  const auto address4 = table.parsed("ipv4", ipv4);
  table.find("home");  // read once all nodes are known
  table.finish();
  nodes_are_whole_ = nodes_are_whole_ && good;
  if (!good) return;
  topology_.nodes.push_back(std::move(node));
  given_.node.push_back(address);
  given_.node_ipv4.push_back(address4);
}

void TopologyReader::read_homes(const Value& nodes) {
  for (Node& node : topology_.nodes) {
    const Value* value = nodes.find(node.name);
    if (value == nullptr || value->kind != Value::Kind::table) continue;
    Table table(*value, fmt::format("node \"{}\"", node.name), problems_);
    const auto home = table.text("home");
    if (!home) {
      if (node.role == Role::mobile) choose_home(node);
    } else if (node.role != Role::mobile) {
      table.problem(table.line_of("home"), "home: only a mobile node has one");
    } else if (const auto index = node_named(table, table.line_of("home"), "home", *home); index != npos) {
      node.home = index;
      if (topology_.nodes[index].role == Role::mobile) {
        table.problem(table.line_of("home"), fmt::format("home {}: it must not be mobile itself", in_quotes(*home)));
      }
    }
  }
}

void TopologyReader::choose_home(Node& node) {
  for (const auto role : {Role::anchor, Role::home}) {
    for (std::size_t i = 0; i < topology_.nodes.size() && node.home == npos; ++i) {
      if (topology_.nodes[i].role == role) node.home = i;
    }
  }
}

std::size_t TopologyReader::node_named(Table& table, unsigned line, std::string_view key, const std::string& name) {
  const auto index = find_node(topology_, name);
  if (index != npos || !nodes_are_whole_) return index;
  std::vector<std::string_view> names;
  for (const Node& node : topology_.nodes) names.push_back(node.name);
  table.problem(line, fmt::format("{}: there is no node {}", key, unknown(name, names)));
  return npos;
}

void TopologyReader::read_links(const Value& value) {
  if (value.entries.size() > most_links) {
    problems_.add(value.line, "links",
                  fmt::format("{} are too many; up to {} will do", value.entries.size(), most_links));
    return;
  }
  for (const Entry& entry : value.entries) read_link(entry);
}

bool TopologyReader::read_ends(Table& table, Link& link) {
  table.require("between", "[\"a\", \"b\"]");
  const auto names = table.texts("between");
  if (!names) return false;
  const auto line = table.line_of("between");
  if (names->size() != 2) {
    table.problem(line, fmt::format("between: two nodes are wanted, not {}", names->size()));
    return false;
  }
  link.a.node = node_named(table, line, "between", (*names)[0]);
  link.b.node = node_named(table, line, "between", (*names)[1]);
  if ((*names)[0] == (*names)[1]) {
    table.problem(line, fmt::format("between: it joins {} to itself", in_quotes((*names)[0])));
    return false;
  }
  return link.a.node != npos && link.b.node != npos;
}

void TopologyReader::read_settings(Table& table, LinkSettings& settings) {
  if (const auto mtu = table.integer("mtu", link::mtu_at_least, link::mtu_at_most))
    settings.mtu = static_cast<unsigned>(*mtu);
  read_impairments(table, {&settings.forward, &settings.backward});
  const std::array<std::pair<const char*, link::Impairments*>, 2> directions{
      {{"forward", &settings.forward}, {"backward", &settings.backward}}};
  for (const auto& [key, impairments] : directions) {
    const Value* value = table.table(key);
    if (value == nullptr) continue;
    Table direction(*value, fmt::format("{}: {}", table.object(), key), problems_);
    read_impairments(direction, {impairments, nullptr});
    direction.finish();
  }
}

void TopologyReader::read_link(const Entry& entry) {
  const auto object = fmt::format("link {}", in_quotes(entry.key));
  Link link;
  link.name = entry.key;
  link.line = entry.line;
  is_good(entry.line, object, fault_of_name(entry.key));
  Table table(entry.value, object, problems_);
  const bool joined = read_ends(table, link);
  LinkSettings settings = defaults_;
  read_settings(table, settings);
  const auto subnet =
      table.parsed("subnet", [](std::string_view text) { return parse_pool(text, Family::ipv6, longest_subnet); });
  const auto subnet4 = table.parsed(
      "ipv4-subnet", [](std::string_view text) { return parse_pool(text, Family::ipv4, longest_subnet_ipv4); });
  if (joined && subnet4 && (is_mobile(link.a.node) || is_mobile(link.b.node))) {
    table.problem(table.line_of("ipv4-subnet"), std::string(ipv4_subnet_of_mobile));
  }
  table.finish();
  const bool same = settings.forward == settings.backward;
  check_direction(table, settings.forward, same ? "" : "forward");
  if (!same) check_direction(table, settings.backward, "backward");
  if (!joined) return;
  link.a_to_b = settings.forward;
  link.b_to_a = settings.backward;
  link.mtu = settings.mtu;
  topology_.links.push_back(std::move(link));
  given_.subnet.push_back(subnet);
  given_.subnet_ipv4.push_back(subnet4);
}

void TopologyReader::read_routes(const Value& value) {
  Table table(value, "routes", problems_);
  topology_.static_routes = table.boolean("static").value_or(true);
  if (const auto* extra = table.array("extra")) {
    for (const Value& route : *extra) read_extra_route(route);
  }
  table.finish();
}

void TopologyReader::read_extra_route(const Value& value) {
  Table table(value, "routes.extra", problems_);
  ExtraRoute route;
  route.line = value.line;
  table.require("at", "\"r1\"");
  table.require("to", "\"2001:db8::/32\"");
  table.require("via", "\"r2\"");
  const auto at = table.text("at");
  const auto via = table.text("via");
  const auto to = table.parsed("to", [](std::string_view text) {
    return text.find('/') == std::string_view::npos ? host_prefix(parse_address(text)) : parse_prefix(text).network();
  });
  table.finish();
  if (!at || !via || !to) return;
  route.node = node_named(table, table.line_of("at"), "at", *at);
  const auto neighbour = node_named(table, table.line_of("via"), "via", *via);
  if (route.node == npos || neighbour == npos) return;
  route.destination = *to;
  route.link = link_between(topology_, route.node, neighbour);
  if (route.link == npos) {
    table.problem(table.line_of("via"), fmt::format("via {}: it has no link with {}", in_quotes(*via), in_quotes(*at)));
  } else if (to->address.family == Family::ipv4 && !given_.ipv4_pool && !given_.subnet_ipv4[route.link]) {
    table.problem(table.line_of("to"), "to: an IPv4 route needs IPv4 addresses, which addressing.ipv4 would give");
  } else {
    topology_.extra_routes.push_back(route);
  }
}

// Any node may be on the way of a mobile's packets.
void TopologyReader::check_ipv4_of_mobiles() {
  const auto& nodes = topology_.nodes;
  const auto without = std::find_if(nodes.begin(), nodes.end(), [](const Node& node) { return !node.ipv4; });
  if (without == nodes.end()) return;
  for (const Node& node : nodes) {
    if (node.role != Role::mobile || !node.ipv4) continue;
    problems_.add(node.line, fmt::format("node {}", in_quotes(node.name)),
                  fmt::format("ipv4: where a mobile node has IPv4 all nodes need it, and {} has none; give it one, or "
                              "all of them by addressing.ipv4",
                              in_quotes(without->name)));
  }
}

void TopologyReader::warn_about_mobiles() {
  const Node* first = nullptr;
  for (std::size_t i = 0; i < topology_.nodes.size(); ++i) {
    const Node& node = topology_.nodes[i];
    if (node.role != Role::mobile) continue;
    const auto warn = [&](const std::string& text) {
      topology_.warnings.push_back(fmt::format("{}: node \"{}\": {}", problems_.where(node.line), node.name, text));
    };
    if (access_routers(topology_, i).size() < 2) warn("a mobile node without two access routers cannot hand over");
    if (first != nullptr) {
      warn(fmt::format("of several mobile nodes only the first, \"{}\", is attached and hands over", first->name));
    } else {
      first = &node;
    }
  }
}

Topology load_topology(const std::filesystem::path& lab, const Overrides& overrides) {
  std::error_code error;
  const bool folder = std::filesystem::is_directory(lab, error);
  const auto file = folder ? lab / "topology.toml" : lab;
  Topology topology;
  topology.folder = folder ? lab : file.parent_path();
  const auto absolute = std::filesystem::absolute(topology.folder, error).lexically_normal();
  topology.name = absolute.has_filename() ? absolute.filename() : absolute.parent_path().filename();
  const std::string shown = file.filename();
  topology.file = shown;
  const std::string text = read_file(file);
  Value document = parse_toml(text, shown);
  if (document.entries.empty() && overrides.empty()) {
    throw InputError(shown +
                     ": it is empty; a lab needs one node at least, as in [nodes.r1] with role = \"router\" under it");
  }
  for (const auto& [path, value] : overrides) override_value(document, path, value);
  Problems problems(shown);
  TopologyReader(topology, problems).read(document);
  problems.throw_if_any();
  return topology;
}

}  // namespace segue::config
