#include "nodes/agent/agent.hpp"

#include <unistd.h>

#include <array>
#include <utility>

#include "nodes/agent/kernel_world.hpp"
#include "nodes/agent/probe_ends.hpp"
#include "nodes/base/error.hpp"
#include "nodes/link/lateness.hpp"
#include "nodes/mechanism/player.hpp"
#include "nodes/probe/lookout.hpp"

namespace segue::agent {

using protocol::Done;
using protocol::Failed;

// What costs time to make is made when first asked for: most nodes of a large lab only forward.
struct Agent::Parts {
  Parts(Loop& loop, std::uint32_t number, mechanism::Play::Outlet outlet, relay::Relay::Outlet buffered)
      : world(
            loop,
            [this](const signalling::Signal& signal, Instant stamp) {
              player.receive(signal, stamp);
              note(stamp, now());
            },
            std::move(buffered), [this](Instant came, Instant sent) { late.note(came, sent - came); }),
        player(loop, world, number, std::move(outlet)) {
    loop.on_timer([this](const Loop::TimerTimes& timer) {
      lateness.record(timer.fired - timer.due);
      note(timer.due, timer.handled);
    });
  }

  void note(Instant due, Instant handled) { late.note(due, handled - due - world.take_starting_time()); }

  KernelWorld world;
  mechanism::Player player;
  link::Histogram lateness;
  LateLog late;
  std::unique_ptr<probe::Lookout> lookout;
  std::unique_ptr<CallEnd> call;
  std::array<std::unique_ptr<FlowEnd>, 2> flows;  // TCP, UDP
};

Agent::Agent(Fd control, std::uint32_t number) : channel_(std::move(control)), number_(number) {
  loop_.on_readable(channel_.fd(), [this] { serve(); });
}

Agent::~Agent() = default;

void Agent::run() {
  tell(0, protocol::Ready{::getpid()});
  loop_.run();
}

Agent::Parts& Agent::parts() {
  if (!parts_) {
    parts_ = std::make_unique<Parts>(
        loop_, number_,
        mechanism::Play::Outlet{.report = [this](const protocol::PlanReport& report) { tell(0, report); },
                                .anomaly = [this](const protocol::Anomaly& anomaly) { tell(0, anomaly); }},
        [this](const protocol::BufferReport& report) { tell(0, report); });
  }
  return *parts_;
}

void Agent::tell(std::uint64_t number, const protocol::Report& report) {
  try {
    channel_.send(protocol::encode(number, report));
  } catch (const Error&) {
    loop_.stop();  // the orchestrator has gone, and with it the reason to be here
  }
}

void Agent::serve() {
  const auto message = channel_.receive();
  if (!message) return loop_.stop();
  auto [number, request] = protocol::decode_request(*message);
  Answer answer;
  try {
    answer = std::visit([this, number = number](const auto& body) { return handle(number, body); }, request);
  } catch (const Error& error) {
    answer = Failed{error.what(), error.exit_code()};
  }
  if (answer) tell(number, *answer);
}

Agent::Answer Agent::handle(std::uint64_t, const protocol::Ping&) { return Done{}; }

Agent::Answer Agent::handle(std::uint64_t, const protocol::Prepare& request) {
  if (parts().lookout) parts().lookout->drain();  // there is room for all that the handover brings
  parts().player.prepare(request.plan);
  return Done{};
}

Agent::Answer Agent::handle(std::uint64_t, const protocol::Begin& request) {
  parts().player.begin(request.handover, from_ns(request.at_ns));
  return Done{};
}

Agent::Answer Agent::handle(std::uint64_t, const protocol::Abandon& request) {
  parts().player.abandon(request.handover);
  return Done{};
}

Agent::Answer Agent::handle(std::uint64_t, const protocol::Apply& request) {
  parts().world.apply(request.actions);
  return Done{};
}

Agent::Answer Agent::handle(std::uint64_t, const protocol::StartCall& request) {
  parts().call.reset();  // its port must be free before the next one binds it
  parts().call = std::make_unique<CallEnd>(loop_, request);
  return Done{};
}

Agent::Answer Agent::handle(std::uint64_t, const protocol::CollectCall& request) {
  if (!parts().call) throw Error("collect a call's records: there is no call");
  return parts().call->collect(request.stop_sending);
}

Agent::Answer Agent::handle(std::uint64_t number, const protocol::StartIperf& request) {
  contain_children();
  auto& flow = parts().flows[request.udp ? 1 : 0];
  flow.reset();
  flow = std::make_unique<FlowEnd>(loop_, request, [this, number](const std::string& failure) {
    if (failure.empty()) return tell(number, Done{});
    tell(number, Failed{failure, 1});
  });
  return std::nullopt;
}

Agent::Answer Agent::handle(std::uint64_t, const protocol::CollectIperf& request) {
  const auto& flow = parts().flows[request.udp ? 1 : 0];
  if (!flow) throw Error("collect a flow's records: there is no flow");
  return flow->collect(request.stop);
}

Agent::Answer Agent::handle(std::uint64_t, const protocol::ReadStatistics& request) {
  protocol::NodeStatistics statistics;
  if (!parts_) return statistics;
  const auto& netlink = parts_->world.netlink_statistics();
  statistics.netlink_requests = netlink.requests;
  statistics.netlink_errors = netlink.errors;
  statistics.netlink_ns = netlink.total_latency.count();
  statistics.netlink_latency.assign(netlink.latency.begin(), netlink.latency.end());
  auto& lateness = parts_->lateness;
  statistics.timers = lateness.count();
  statistics.timer_lateness_ns = {lateness.quantile(0.5).count(), lateness.quantile(0.99).count(),
                                  lateness.max().count()};
  if (request.restart_timers) lateness.reset();
  return statistics;
}

Agent::Answer Agent::handle(std::uint64_t, const protocol::ReadLate&) {
  return protocol::Late{parts_ ? parts_->late.events() : LateEvents{}};
}

Agent::Answer Agent::handle(std::uint64_t, const protocol::WatchCalls&) {
  parts().lookout = std::make_unique<probe::Lookout>(loop_);
  parts().world.on_buffered_packet([this](protocol::Sighting::Kind kind, std::span<const std::byte> packet) {
    parts_->lookout->note(kind, packet, now());
  });
  return Done{};
}

Agent::Answer Agent::handle(std::uint64_t, const protocol::ReadSightings& request) {
  if (!parts().lookout) throw Error("read what was seen of a call: this node does not look");
  probe::Lookout& lookout = *parts().lookout;
  lookout.drain();
  protocol::Sightings sightings{lookout.of(request.flow, request.sequences), lookout.take_missed()};
  lookout.forget_before(from_ns(request.forget_ns));
  return sightings;
}

}  // namespace segue::agent
