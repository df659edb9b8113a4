#include "nodes/agent/kernel_world.hpp"

#include <cstdint>
#include <optional>
#include <string>

#include "nodes/base/error.hpp"
#include "nodes/netlink/route.hpp"

namespace segue::agent {

using mechanism::Prepared;

namespace {

std::vector<netlink::Request> requests_of(const std::vector<netlink::Route>& routes) {
  std::vector<netlink::Request> requests;
  requests.reserve(routes.size());
  for (const netlink::Route& route : routes) requests.push_back(netlink::replace_route(route));
  return requests;
}

// "" if `attempt` succeeds.
template <typename Attempt>
std::string failure_of(Attempt attempt) {
  try {
    attempt();
    return {};
  } catch (const Error& error) {
    return error.what();
  }
}

}  // namespace

// Setting them is one send and one receive: they are set when start() returns.
struct KernelWorld::Routes : Prepared {
  Routes(KernelWorld& of, const protocol::SetRoutes& what) : world(of), requests(requests_of(what.routes)) {}

  void start(Done done) override {
    done(failure_of([this] { world.socket_.perform(requests); }));
  }

  KernelWorld& world;
  std::vector<netlink::Request> requests;
};

struct KernelWorld::Command : Prepared {
  Command(KernelWorld& of, const protocol::Execute& what) : world(of), command(what.command) {}

  void start(Done done) override {
    const Instant begin = now();
    const auto failure = failure_of([&] { number = world.executor_.run(command, done); });
    world.starting_ += now() - begin;
    if (!failure.empty()) done(failure);
  }
  void end() override {
    if (number) world.executor_.kill(*number);
  }

  KernelWorld& world;
  std::string command;
  std::optional<std::uint64_t> number;
};

KernelWorld::KernelWorld(Loop& loop, Receiver receiver)
    : receiver_(std::move(receiver)),
      sockets_(loop, {signalling::signal_ethertype, signalling::signal_port},
               [this](const signalling::Arrival& arrival) {
                 if (const auto signal = signalling::decode(arrival.bytes)) receiver_(*signal, arrival.stamp);
               }),
      executor_(loop) {}

void KernelWorld::send(const protocol::Endpoint& to, const signalling::Signal& signal) {
  sockets_.send(to, signalling::encode(signal));
}

std::unique_ptr<Prepared> KernelWorld::prepare(const protocol::Action& action) {
  return std::visit([this](const auto& one) { return prepared(one); }, action);
}

std::unique_ptr<Prepared> KernelWorld::prepared(const protocol::SetRoutes& action) {
  return std::make_unique<Routes>(*this, action);
}

std::unique_ptr<Prepared> KernelWorld::prepared(const protocol::Execute& action) {
  return std::make_unique<Command>(*this, action);
}

void KernelWorld::set_routes(const std::vector<netlink::Route>& routes) { socket_.perform(requests_of(routes)); }

}  // namespace segue::agent
