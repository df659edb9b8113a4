// keeper: the process that holds a lab that is up.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "nodes/base/error.hpp"
#include "nodes/base/signals.hpp"
#include "nodes/base/units.hpp"
#include "nodes/netlink/user_namespace.hpp"
#include "orchestrator/cli/commands.hpp"
#include "orchestrator/cli/labs.hpp"
#include "orchestrator/cli/live_metrics.hpp"
#include "orchestrator/cli/up_options.hpp"
#include "orchestrator/lab/control_socket.hpp"
#include "orchestrator/lab/keeper.hpp"
#include "orchestrator/monitor/grafana.hpp"
#include "orchestrator/monitor/prometheus.hpp"

namespace segue::cli {

namespace {

using nlohmann::json;

void tell(int fd, const json& message) {
  const std::string text = message.dump();
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

int keep(const UpOptions& options) {
  Fd ready(options.ready);
  try {
    const Fd stop = watch_signals({SIGINT, SIGTERM});
    const auto topology = config::load_topology(options.lab);
    Fd listener = lab::listen_as(options.name);
    netlink::acquire_privilege();
    lab::Keeper keeper(topology, {.links = lab::parse_link_choice(options.links), .seed = options.seed},
                       std::move(listener));
    // After the agents are started: the exposition has threads, and PR_SET_PDEATHSIG follows the thread that forks.
    LiveMetrics metrics(options.metrics, options.name);
    keeper.observe(
        {.handover = [&](const std::string& mechanism,
                         const lab::Scorecard& card) { metrics.handover(mechanism, true, card, unix_time()); },
         .sample = [&](const std::string& mechanism,
                       const lab::Sample& sample) { metrics.sample(0, mechanism, sample); }});
    const Watchers watchers(options, metrics.address());
    if (options.watch) {
      keeper.watch({.every = parse_delay(options.every), .mechanisms = options.mechanisms, .seed = options.seed});
    }
    keeper.describe({{"name", options.name},
                     {"metrics", metrics.address()},
                     {"prometheus", watchers.prometheus_url()},
                     {"grafana", watchers.grafana_url()}});
    tell(ready.get(), {{"metrics", metrics.address()},
                       {"prometheus", watchers.prometheus_url()},
                       {"grafana", watchers.grafana_url()},
                       {"nodes", topology.nodes.size()}});
    ready.reset();
    keeper.run(stop.get());
    return 0;
  } catch (const Error& error) {
    if (ready) tell(ready.get(), {{"error", error.what()}, {"exit_code", error.exit_code()}});
    return error.exit_code();
  }
}

}  // namespace

void add_up_options(CLI::App* verb, UpOptions& options) {
  verb->add_option("LAB", options.lab, "A lab's folder, or its name under topologies/")->required();
  verb->add_option("--name", options.name, "What to call it; the lab's own name by default");
  verb->add_option("--links", options.links, fmt::format("Link engine: {}", lab::link_choices))->capture_default_str();
  verb->add_option("--metrics", options.metrics, "Where to serve Prometheus metrics")->capture_default_str();
  verb->add_option("--seed", options.seed, "Fixes what is random")->capture_default_str();
  verb->add_flag("--watch", options.watch,
                 "Hand over again and again with all probes running, and watch it with Prometheus and Grafana");
  verb->add_option("--every", options.every, "From one handover to the next, with --watch")->capture_default_str();
  verb->add_option("--mechanism", options.mechanisms, "One of those to use in turn, with --watch");
  verb->add_option("--data", options.data, "Keep Prometheus' data in this folder, with --watch; in memory by default");
}

void add_keeper(CLI::App& app, Action& action) {
  auto options = std::make_shared<UpOptions>();
  CLI::App* verb = app.add_subcommand("keeper", "");
  verb->group("");  // hidden
  add_up_options(verb, *options);
  verb->add_option("--ready", options->ready)->required();
  verb->callback([&action, options] { action = [options] { return keep(*options); }; });
}

}  // namespace segue::cli
