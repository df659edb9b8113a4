// keeper: the process that holds a lab that is up.
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>

#include "nodes/base/error.hpp"
#include "nodes/base/signals.hpp"
#include "nodes/base/units.hpp"
#include "nodes/netlink/user_namespace.hpp"
#include "nodes/protocol/json.hpp"
#include "orchestrator/cli/commands.hpp"
#include "orchestrator/cli/labs.hpp"
#include "orchestrator/cli/live_metrics.hpp"
#include "orchestrator/cli/network_thread.hpp"
#include "orchestrator/keeper/control_socket.hpp"
#include "orchestrator/keeper/keeper.hpp"
#include "orchestrator/monitor/grafana.hpp"
#include "orchestrator/monitor/prometheus.hpp"

namespace segue::cli {

namespace {

using nlohmann::json;

// From the wish that the lab go down to its end, whatever its keeper waits for: an agent or a link engine that hangs, a
// handover over links of hours. The kernel then takes the lab down.
constexpr Delay grace = std::chrono::milliseconds(600);

void tell(int fd, const json& message) {
  const std::string text = json_text(message);
  check(::write(fd, text.data(), text.size()), "say that the lab is up");
}

// Prometheus and Grafana, if they are wanted.
class Watchers {
 public:
  Watchers(const UpOptions& options, const std::string& target) {
    if (!options.watch) return;
    const auto dashboards = find_dashboards();
    prometheus_.emplace(monitor::PrometheusOptions{
        .target = target, .rules = dashboards / "prometheus" / "rules.yml", .data = options.data});
    if (const auto grafana = monitor::find_grafana()) grafana_.emplace(*grafana, dashboards, prometheus_->url());
  }

  std::string prometheus_url() const { return prometheus_ ? prometheus_->url() : ""; }
  std::string grafana_url() const { return grafana_ ? grafana_->url() : ""; }

 private:
  std::optional<monitor::Prometheus> prometheus_;
  std::optional<monitor::Grafana> grafana_;
};

}  // namespace

int keep(const UpOptions& options) {
  Fd ready(options.ready);
  try {
    const Fd stop = asked_to_end(grace);
    const auto topology = config::load_topology(options.lab);
    Fd listener = keeper::listen_as(options.name);
    netlink::enter_user_namespace();
    NetworkThread outside;
    netlink::leave_network();
    keeper::Keeper keeper(topology, {.links = lab::parse_link_choice(options.links), .seed = options.seed},
                          std::move(listener));
    std::optional<LiveMetrics> metrics;
    outside.perform([&] { metrics.emplace(options.metrics, options.name); });
    keeper.observe(
        {.handover = [&](const std::string& mechanism,
                         const record::Scorecard& card) { metrics->handover(mechanism, true, card, unix_time()); },
         .sample = [&](const std::string& mechanism,
                       const record::Sample& sample) { metrics->sample(0, mechanism, sample); }});
    std::optional<Watchers> watchers;
    outside.perform([&] { watchers.emplace(options, metrics->address()); });
    if (options.watch) {
      keeper.watch({.every = parse_delay(options.every), .mechanisms = options.mechanisms, .seed = options.seed});
    }
    keeper.describe({{"name", options.name},
                     {"metrics", metrics->address()},
                     {"prometheus", watchers->prometheus_url()},
                     {"grafana", watchers->grafana_url()}});
    tell(ready.get(), {{"metrics", metrics->address()},
                       {"prometheus", watchers->prometheus_url()},
                       {"grafana", watchers->grafana_url()},
                       {"nodes", topology.nodes.size()}});
    ready.reset();
    keeper.run(stop.get());
    return 0;
  } catch (const Error& error) {
    if (ready) tell(ready.get(), {{"error", error.what()}, {"exit_code", error.exit_code()}});
    return error.exit_code();
  }
}

}  // namespace segue::cli
