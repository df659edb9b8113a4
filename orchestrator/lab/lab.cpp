#include "orchestrator/lab/lab.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "nodes/base/error.hpp"
#include "nodes/netlink/netem.hpp"
#include "nodes/netlink/netns.hpp"
#include "nodes/netlink/tap.hpp"
#include "nodes/netlink/user_namespace.hpp"
#include "orchestrator/lab/trial.hpp"

namespace segue::lab {

namespace {

// A lab holds a few descriptors for every node and link; the soft limit is often 1024.
void allow_many_descriptors() {
  rlimit limit{};
  check(::getrlimit(RLIMIT_NOFILE, &limit), "read the limit of open files");
  limit.rlim_cur = limit.rlim_max;
  check(::setrlimit(RLIMIT_NOFILE, &limit), "raise the limit of open files");
}

// Agents signal on layer 2 through them. Containers often have the other capabilities and not this one.
void require_packet_sockets() {
  const Fd probe(::socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!probe && errno == EPERM) {
    throw MachineError(
        "signal on layer 2: CAP_NET_RAW is missing; run as root, or add --cap-add NET_RAW to a container");
  }
}

std::vector<Crew::Post> posts_of(const config::Topology& topology, const Network& network) {
  std::vector<Crew::Post> posts;
  for (std::size_t node = 0; node < topology.nodes.size(); ++node) {
    posts.push_back({topology.nodes[node].name, network.namespace_of(node)});
  }
  return posts;
}

}  // namespace

void require_lab(LinkChoice links) {
  in_a_child([links] {
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
  paths_.emplace(topology_);
  allow_many_descriptors();
  const LinkChoice links = decide(options.links);
  if (links == LinkChoice::netem) {
    engine_ = link::make_netem_engine();
  } else {
    wire_ = std::make_unique<ServingChild>(helper_program("segue-wire"),
                                           std::vector<std::string>{"--parent", std::to_string(::getpid())}, -1);
    engine_ = link::make_wire_engine(
        wire_->take_channel(), links == LinkChoice::wire_tap ? link::WireEnds::taps : link::WireEnds::packet_sockets);
  }
  network_ = std::make_unique<Network>(topology_, *engine_, seed_);
  crew_ = std::make_unique<Crew>(loop_, posts_of(topology_, *network_));
  engine_->settle();
}

// First, so that segue-wire takes its interfaces away while the agents end; then in the order of the members.
Lab::~Lab() { engine_.reset(); }

void Lab::attach(const config::Mechanism& mechanism, const Binding& binding) {
  std::map<std::size_t, std::vector<netlink::Route>> routes;
  for (std::size_t node = 0; node < topology_.nodes.size(); ++node) {
    auto resting = detached(geography(), binding, node);
    if (!resting.empty()) routes[node] = std::move(resting);
  }
  for (auto& [node, more] : attached_routes(geography(), mechanism, binding)) {
    routes[node].insert(routes[node].end(), more.begin(), more.end());
  }
  std::vector<std::pair<std::size_t, protocol::Request>> requests;
  requests.reserve(routes.size());
  for (auto& [node, list] : routes) requests.emplace_back(node, protocol::ApplyRoutes{std::move(list)});
  crew_->ask_those_up(requests);
}

void Lab::change_link(std::size_t link, link::Direction direction, const link::Impairments& impairments) {
  const bool forward = direction == link::Direction::a_to_b;
  (forward ? topology_.links[link].a_to_b : topology_.links[link].b_to_a) = impairments;
  paths_.emplace(topology_);
  engine_->change(network_->link(link), direction, seeded(impairments, seed_, link, forward));
  engine_->settle();
}

}  // namespace segue::lab
