#include "orchestrator/lab/lab.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "nodes/base/error.hpp"
#include "nodes/netlink/netem.hpp"
#include "nodes/netlink/netns.hpp"
#include "nodes/netlink/tap.hpp"
#include "nodes/netlink/user_namespace.hpp"
#include "orchestrator/lab/inhabitants.hpp"
#include "orchestrator/lab/link_change.hpp"
#include "orchestrator/lab/trial.hpp"

namespace segue::lab {

namespace {

// For each node this process holds its namespace, a netlink socket and its agent's channel, and segue-wire both ends of
// each link. The soft limit is often 1024; the hard one may be raised with the privilege.
void allow_descriptors(const config::Topology& topology) {
  constexpr rlim_t others = 100;
  const rlim_t needed = others + std::max(3 * topology.nodes.size(), 2 * topology.links.size());
  rlimit limit{};
  check(::getrlimit(RLIMIT_NOFILE, &limit), "read the limit of open files");
  const rlim_t allowed = limit.rlim_max;
  limit.rlim_max = std::max(allowed, needed);
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &limit) == 0) return;
  throw MachineError(
      fmt::format("hold {} nodes and {} links: that takes {} open files, and {} are allowed here; raise the hard limit "
                  "(`ulimit -Hn {}` as root, or LimitNOFILE= of the service this runs in)",
                  topology.nodes.size(), topology.links.size(), needed, allowed, needed));
}

// Agents signal on layer 2 through them. Containers often have the other capabilities and not this one.
void require_packet_sockets() {
  const Fd probe(::socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!probe && errno == EPERM) {
    throw MachineError(
        "signal on layer 2: CAP_NET_RAW is missing; run as root, or add --cap-add NET_RAW to a container");
  }
}

}  // namespace

void require_lab(LinkChoice links, const config::Topology& topology) {
  in_a_child([links, &topology] {
    allow_descriptors(topology);
    netlink::acquire_privilege();
    netlink::Namespace space;
    const auto inside = netlink::Enter::fresh(space);  // MachineError without the privilege
    require_packet_sockets();
    if (links == LinkChoice::netem && !netlink::kernel_has_netem()) {
      throw MachineError(
          "links by netem: this kernel has no sch_netem; try `modprobe sch_netem`, or use --links wire, or --clock "
          "virtual");
    }
    if (decide(links) == LinkChoice::wire_tap) netlink::open_tap("probe");
    return std::string();
  });
}

Lab::Lab(config::Topology topology, const LabOptions& options) : topology_(std::move(topology)), seed_(options.seed) {
  allow_descriptors(topology_);
  const LinkChoice links = decide(options.links);
  if (links == LinkChoice::netem) {
    engine_ = link::make_netem_engine();
  } else {
    wire_ = std::make_unique<ServingChild>(helper_program("segue-wire"),
                                           std::vector<std::string>{"--parent", std::to_string(::getpid())});
    wire_end_ = wire_->watch();
    loop_.on_readable(wire_end_.get(), [this] { wire_has_ended(); });
    engine_ = link::make_wire_engine(
        wire_->take_channel(), links == LinkChoice::wire_tap ? link::WireEnds::taps : link::WireEnds::packet_sockets);
  }
  network_ = std::make_unique<Network>();
  crew_ = std::make_unique<Crew>(loop_);
  for (const auto& node : topology_.nodes) crew_->start(node.name, network_->add(node));
  network_->build(topology_, *engine_, seed_);
  ways_.emplace(topology_, network_->static_routes());
  crew_->await_ready();
  engine_->settle();
}

// The engine first, so that segue-wire takes its interfaces away while the agents end, and these before what else is in
// their nodes; then in the order of the members.
Lab::~Lab() {
  if (wire_end_) loop_.remove(wire_end_.get());
  engine_.reset();
  crew_.reset();
  std::vector<int> namespaces;
  for (std::size_t node = 0; node < topology_.nodes.size(); ++node) namespaces.push_back(network_->namespace_of(node));
  end_inhabitants(namespaces);
}

void Lab::wire_has_ended() {
  loop_.remove(wire_end_.get());
  wire_end_.reset();
  const auto status = wire_->ended();
  trouble_ = fmt::format(
      "segue-wire, which holds the links of {}, has ended ({}), and they with it: take the lab down "
      "(`segue down`) and up again",
      topology_.name, status ? to_text(*status) : "nobody knows how");
  if (!trouble_handler_) throw Error(trouble_);
  trouble_handler_();
}

void Lab::attach(const config::Mechanism& mechanism, const mobility::Binding& binding) {
  std::vector<std::pair<std::size_t, protocol::Request>> requests;
  for (auto& [node, actions] : mobility::attached(geography(), mechanism, binding)) {
    requests.emplace_back(node, protocol::Apply{std::move(actions)});
  }
  crew_->ask_those_up(requests);
}

void Lab::change_link(std::size_t link, std::span<const DirectedImpairments> wanted) {
  config::Link& own = topology_.links[link];
  const auto asked = [&](link::Direction direction) -> link::Impairments& {
    return direction == link::Direction::a_to_b ? own.a_to_b : own.b_to_a;
  };
  std::vector<LinkChange> changes;
  for (const auto& [direction, impairments] : wanted) {
    const bool forward = direction == link::Direction::a_to_b;
    changes.push_back(
        {direction, seeded(asked(direction), seed_, link, forward), seeded(impairments, seed_, link, forward)});
  }
  change_all(*engine_, network_->link(link), changes);
  for (const auto& [direction, impairments] : wanted) asked(direction) = impairments;
}

}  // namespace segue::lab
