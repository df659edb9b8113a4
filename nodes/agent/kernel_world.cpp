#include "nodes/agent/kernel_world.hpp"

#include <memory>

#include "nodes/netlink/route.hpp"

namespace segue::agent {

std::function<void()> KernelWorld::prepare_routes(const std::vector<netlink::Route>& routes) {
  // Built now and shared with the closure: setting them later is one send and one receive.
  auto requests = std::make_shared<std::vector<netlink::Request>>();
  for (const netlink::Route& route : routes) requests->push_back(netlink::replace_route(route));
  return [this, requests] { socket_.perform(*requests); };
}

std::function<void()> KernelWorld::execute(const std::string& command, std::function<void(const std::string&)> ended) {
  const Instant begin = now();
  const auto number = executor_.run(command, std::move(ended));
  starting_ += now() - begin;
  return [this, number] { executor_.kill(number); };
}

}  // namespace segue::agent
