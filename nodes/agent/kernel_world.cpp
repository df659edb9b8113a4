#include "nodes/agent/kernel_world.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "nodes/base/error.hpp"
#include "nodes/netlink/neighbour.hpp"
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

std::vector<netlink::Request> requests_of(const protocol::SetRoutes& action) { return requests_of(action.routes); }

std::vector<netlink::Request> requests_of(const protocol::SetNeighbours& action) {
  std::vector<netlink::Request> requests;
  requests.reserve(action.neighbours.size());
  for (const auto& [interface, address, mac] : action.neighbours) {
    requests.push_back(netlink::replace_neighbour(netlink::index_of(interface), address, mac));
  }
  return requests;
}

std::vector<netlink::Request> requests_of(const protocol::SetOperational& action) {
  return {netlink::set_operational(netlink::index_of(action.interface), action.operational)};
}

template <typename Other>
std::vector<netlink::Request> requests_of(const Other&) {
  throw Error(
      "outside of handovers a node sets routes, neighbours and interfaces, opens windows, listens, and does nothing "
      "else");
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
struct KernelWorld::Requests : Prepared {
  Requests(KernelWorld& of, std::vector<netlink::Request> what) : world(of), requests(std::move(what)) {}

  void start(Done done) override {
    done(failure_of([this] { world.socket_.perform(requests); }));
  }

  KernelWorld& world;
  std::vector<netlink::Request> requests;
};

struct KernelWorld::Holding : Prepared {
  Holding(relay::Relay& of, const protocol::Hold& what)
      : relay(of), requests(requests_of(what.buffer.into)), limit(what.limit), drop_oldest(what.drop_oldest) {}
  void start(Done done) override {
    done(failure_of([this] { relay.hold(requests, limit, drop_oldest); }));
  }

  relay::Relay& relay;
  std::vector<netlink::Request> requests;
  std::size_t limit;
  bool drop_oldest;
};

struct KernelWorld::Releasing : Prepared {
  Releasing(relay::Relay& of, const protocol::Buffer& what)
      : relay(of), requests(requests_of(what.past)), handover(what.handover) {}
  void start(Done done) override {
    done(failure_of([this] { relay.release(requests, handover); }));
  }

  relay::Relay& relay;
  std::vector<netlink::Request> requests;
  std::uint64_t handover;
};

struct KernelWorld::Discarding : Releasing {
  using Releasing::Releasing;
  void start(Done done) override {
    done(failure_of([this] { relay.discard(requests, handover); }));
  }
};

struct KernelWorld::Opening : Prepared {
  Opening(relay::Relay& of, const protocol::Window& what)
      : relay(of), requests(requests_of(what.buffer.into)), time(what.time) {}
  void start(Done done) override {
    done(failure_of([this] { relay.open_window(requests, time); }));
  }

  relay::Relay& relay;
  std::vector<netlink::Request> requests;
  Delay time;
};

struct KernelWorld::Replaying : Prepared {
  Replaying(relay::Relay& of, std::uint64_t number) : relay(of), handover(number) {}
  void start(Done done) override {
    done(failure_of([this] { relay.replay(handover); }));
  }

  relay::Relay& relay;
  std::uint64_t handover;
};

struct KernelWorld::Forgetting : Prepared {
  Forgetting(KernelWorld& of, const protocol::Buffer& what)
      : world(of), relay(of.relay_for(what)), handover(what.handover) {}
  void start(Done done) override {
    relay.forget_until(world.delivered(handover));
    done({});
  }

  KernelWorld& world;
  relay::Relay& relay;
  std::uint64_t handover;
};

struct KernelWorld::Listening : Prepared {
  Listening(KernelWorld& of, const protocol::Listen& what) { of.ear_for(what.addresses); }
  void start(Done done) override { done({}); }
};

struct KernelWorld::Telling : Prepared {
  Telling(KernelWorld& of, const protocol::TellDelivered& what)
      : world(of), ear(of.ear_for(what.addresses)), action(what) {}
  void start(Done done) override {
    done(failure_of([this] {
      if (ear.last().empty()) return;
      world.send(action.to,
                 {.kind = signalling::Signal::Kind::delivered, .handover = action.handover, .text = ear.last()});
    }));
  }

  KernelWorld& world;
  relay::Ear& ear;
  protocol::TellDelivered action;
};

struct KernelWorld::Bicasting : Prepared {
  Bicasting(relay::Relay& of, const protocol::Bicast& what)
      : relay(of), ways(requests_of(what.copies)), requests(requests_of(what.buffer.into)), delay(what.delay) {}
  void start(Done done) override {
    done(failure_of([this] { relay.bicast(ways, requests, delay); }));
  }

  relay::Relay& relay;
  std::vector<netlink::Request> ways;
  std::vector<netlink::Request> requests;
  Delay delay;
};

struct KernelWorld::EndingBicast : Releasing {
  using Releasing::Releasing;
  void start(Done done) override {
    done(failure_of([this] { relay.end_bicast(requests, handover); }));
  }
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

KernelWorld::KernelWorld(Loop& loop, Receiver receiver, relay::Relay::Outlet buffered, relay::Relay::Lateness relayed)
    : loop_(loop),
      receiver_(std::move(receiver)),
      sockets_(loop, {signalling::signal_ethertype, signalling::signal_port},
               [this](const signalling::Arrival& arrival) { receive(arrival); }),
      executor_(loop),
      buffered_(std::move(buffered)),
      relayed_(std::move(relayed)) {}

void KernelWorld::receive(const signalling::Arrival& arrival) {
  const auto signal = signalling::decode(arrival.bytes);
  if (!signal) return;
  if (signal->kind != signalling::Signal::Kind::delivered) return receiver_(*signal, arrival.stamp);
  note_delivered(signal->handover, signal->text);
}

std::string KernelWorld::delivered(std::uint64_t handover) const {
  const auto known = delivered_.find(handover);
  return known == delivered_.end() ? std::string() : known->second;
}

void KernelWorld::note_delivered(std::uint64_t handover, const std::string& packet) {
  constexpr std::size_t remembered = 16;
  delivered_[handover] = packet;
  if (delivered_.size() > remembered) delivered_.erase(delivered_.begin());
}

void KernelWorld::send(const protocol::Endpoint& to, const signalling::Signal& signal) {
  sockets_.send(to, signalling::encode(signal));
}

std::unique_ptr<Prepared> KernelWorld::prepare(const protocol::Action& action) {
  return std::visit([this](const auto& one) { return prepared(one); }, action);
}

std::unique_ptr<Prepared> KernelWorld::prepared(const protocol::SetRoutes& action) {
  return std::make_unique<Requests>(*this, requests_of(action));
}

std::unique_ptr<Prepared> KernelWorld::prepared(const protocol::SetNeighbours& action) {
  return std::make_unique<Requests>(*this, requests_of(action));
}

std::unique_ptr<Prepared> KernelWorld::prepared(const protocol::SetOperational& action) {
  interfaces_.insert(action.interface);
  return std::make_unique<Requests>(*this, requests_of(action));
}

relay::Relay& KernelWorld::relay_for(const protocol::Buffer& buffer) {
  auto& relay = relays_[buffer.device];
  if (relay == nullptr) {
    const auto witness = [this](auto kind, auto packet) {
      if (witness_) witness_(kind, packet);
    };
    relay = std::make_unique<relay::Relay>(loop_, socket_, buffer, buffered_, relayed_, witness);
  }
  return *relay;
}

std::unique_ptr<Prepared> KernelWorld::prepared(const protocol::Hold& action) {
  return std::make_unique<Holding>(relay_for(action.buffer), action);
}

std::unique_ptr<Prepared> KernelWorld::prepared(const protocol::Release& action) {
  return std::make_unique<Releasing>(relay_for(action.buffer), action.buffer);
}

std::unique_ptr<Prepared> KernelWorld::prepared(const protocol::Discard& action) {
  return std::make_unique<Discarding>(relay_for(action.buffer), action.buffer);
}

std::unique_ptr<Prepared> KernelWorld::prepared(const protocol::Window& action) {
  return std::make_unique<Opening>(relay_for(action.buffer), action);
}

std::unique_ptr<Prepared> KernelWorld::prepared(const protocol::Replay& action) {
  return std::make_unique<Replaying>(relay_for(action.buffer), action.buffer.handover);
}

relay::Ear& KernelWorld::ear_for(const std::vector<Address>& addresses) {
  auto& ear = ears_[addresses];
  if (ear == nullptr) ear = std::make_unique<relay::Ear>(loop_, addresses);
  return *ear;
}

std::unique_ptr<Prepared> KernelWorld::prepared(const protocol::Forget& action) {
  return std::make_unique<Forgetting>(*this, action.buffer);
}

std::unique_ptr<Prepared> KernelWorld::prepared(const protocol::Listen& action) {
  return std::make_unique<Listening>(*this, action);
}

std::unique_ptr<Prepared> KernelWorld::prepared(const protocol::TellDelivered& action) {
  return std::make_unique<Telling>(*this, action);
}

std::unique_ptr<Prepared> KernelWorld::prepared(const protocol::Bicast& action) {
  return std::make_unique<Bicasting>(relay_for(action.buffer), action);
}

std::unique_ptr<Prepared> KernelWorld::prepared(const protocol::EndBicast& action) {
  return std::make_unique<EndingBicast>(relay_for(action.buffer), action.buffer);
}

std::unique_ptr<Prepared> KernelWorld::prepared(const protocol::Execute& action) {
  return std::make_unique<Command>(*this, action);
}

// Of the interfaces that were once told those that nobody speaks of any more.
std::vector<netlink::Request> KernelWorld::as_they_were(const std::vector<protocol::Action>& actions) {
  auto untold = std::exchange(interfaces_, {});
  for (const auto& action : actions) {
    const auto* const one = std::get_if<protocol::SetOperational>(&action);
    if (one == nullptr) continue;
    untold.erase(one->interface);
    interfaces_.insert(one->interface);
  }
  std::vector<netlink::Request> requests;
  requests.reserve(untold.size());
  for (const auto& one : untold) requests.push_back(netlink::set_operational(netlink::index_of(one), true));
  return requests;
}

void KernelWorld::apply(const std::vector<protocol::Action>& actions) {
  for (auto& [device, relay] : relays_) relay->forget();
  std::vector<netlink::Request> all;
  for (auto& request : as_they_were(actions)) all.push_back(std::move(request));
  for (const auto& action : actions) {
    if (const auto* const listen = std::get_if<protocol::Listen>(&action)) ear_for(listen->addresses);
    if (std::holds_alternative<protocol::Window>(action) || std::holds_alternative<protocol::Listen>(action)) continue;
    for (auto& request : std::visit([](const auto& one) { return requests_of(one); }, action)) {
      all.push_back(std::move(request));
    }
  }
  socket_.perform(all);
  for (const auto& action : actions) {
    const auto* const window = std::get_if<protocol::Window>(&action);
    if (window == nullptr) continue;
    auto& relay = relay_for(window->buffer);
    relay.open_window(requests_of(window->buffer.into), window->time);
  }
}

}  // namespace segue::agent
