// Reads a topology out of a parsed file: nodes, links, routes, and the addresses the file gives.
#pragma once

#include <string>
#include <string_view>

#include "orchestrator/config/addressing.hpp"
#include "orchestrator/config/document.hpp"
#include "orchestrator/config/problems.hpp"
#include "orchestrator/config/table.hpp"
#include "orchestrator/config/topology.hpp"

namespace segue::config {

class TopologyReader {
 public:
  TopologyReader(Topology& topology, Problems& problems) : topology_(topology), problems_(problems) {}

  void read(const Value& document);

 private:
  struct LinkSettings {
    link::Impairments forward;
    link::Impairments backward;
    unsigned mtu = 1500;
  };

  void read_addressing(const Value& value);
  void read_nodes(const Value& value);
  void read_node(const Entry& entry);
  void read_homes(const Value& nodes);
  void choose_home(Node& node);
  void read_links(const Value& value);
  void read_link(const Entry& entry);
  bool read_ends(Table& table, Link& link);
  void read_settings(Table& table, LinkSettings& settings);
  void read_routes(const Value& value);
  void read_extra_route(const Value& value);
  void check_ipv4_of_mobiles();
  void warn_about_mobiles();

  std::size_t node_named(Table& table, unsigned line, std::string_view key, const std::string& name);
  bool is_good(unsigned line, const std::string& object, const std::string& fault);  // which is reported
  bool is_mobile(std::size_t node) const { return topology_.nodes[node].role == Role::mobile; }

  Topology& topology_;
  Problems& problems_;
  GivenAddresses given_;
  LinkSettings defaults_;
  bool nodes_are_whole_ = true;  // every [nodes.x] was taken in, so a missing node is the link's mistake
};

}  // namespace segue::config
