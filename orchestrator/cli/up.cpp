// up, down, ps: labs that stay up.
#include <fmt/format.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "nodes/base/error.hpp"
#include "nodes/base/pipe.hpp"
#include "nodes/base/units.hpp"
#include "nodes/probe/iperf.hpp"
#include "nodes/process/child.hpp"
#include "nodes/protocol/json.hpp"
#include "orchestrator/cli/commands.hpp"
#include "orchestrator/cli/lab_client.hpp"
#include "orchestrator/cli/labs.hpp"
#include "orchestrator/cli/mechanisms.hpp"
#include "orchestrator/cli/output.hpp"
#include "orchestrator/cli/watch_command.hpp"
#include "orchestrator/experiment/probe_session.hpp"
#include "orchestrator/keeper/control_socket.hpp"
#include "orchestrator/lab/lab.hpp"
#include "orchestrator/lab/process.hpp"
#include "orchestrator/mobility/tunnels.hpp"
#include "orchestrator/monitor/grafana.hpp"
#include "orchestrator/monitor/prometheus.hpp"

namespace segue::cli {

namespace {

using nlohmann::json;

// A keeper outlives the command that starts it: a session of its own, nothing of this terminal.
void start_keeper(const UpOptions& options, int ready) {
  std::vector<std::string> arguments = {"keeper",    options.lab,     "--name",  options.name,
                                        "--links",   options.links,   "--seed",  std::to_string(options.seed),
                                        "--metrics", options.metrics, "--ready", std::to_string(ready)};
  if (options.watch) {
    arguments.insert(arguments.end(), {"--watch", "--every", options.every});
    for (const auto& name : options.mechanisms) arguments.insert(arguments.end(), {"--mechanism", name});
    if (!options.data.empty()) arguments.insert(arguments.end(), {"--data", options.data});
  }
  process::Child keeper({.path = "/proc/self/exe",
                         .arguments = arguments,
                         .output = process::nothing,
                         .errors = process::nothing,
                         .inherit = {ready},
                         .group = process::Group::session,
                         .death_signal = 0});
  keeper.release();
}

json await_ready(int fd) {
  std::string text(64 * 1024, '\0');
  ssize_t length = 0;
  do {
    length = ::read(fd, text.data(), text.size());
  } while (length < 0 && errno == EINTR);
  if (length <= 0) throw Error("bring the lab up: its keeper ended without a word");
  return parse_json(text.substr(0, static_cast<std::size_t>(length)));
}

// Mistakes are told, and what the machine lacks, before anything starts.
void check_watch(const UpOptions& options, const config::Topology& topology) {
  if (!options.watch) {
    if (!options.mechanisms.empty()) throw InputError("--mechanism: with --watch");
    if (!options.data.empty()) throw InputError("--data: with --watch");
    return;
  }
  parse_delay(options.every);
  choose_mechanisms(topology, options.mechanisms);
  experiment::correspondent_of(topology);
  monitor::require_prometheus(false);
  probe::require_iperf();
}

void say_where(const UpOptions& options, const json& answer) {
  const auto text = [&](const char* key) { return answer.value(key, ""); };
  std::string out = fmt::format("{} is up: {} nodes\n  metrics        http://{}/metrics\n", options.name,
                                answer.at("nodes").get<std::size_t>(), text("metrics"));
  if (options.watch) {
    out += fmt::format("  prometheus     {}\n", text("prometheus"));
    const auto grafana = text("grafana");
    out += grafana.empty()
               ? fmt::format(
                     "  grafana        not installed here: give yours that Prometheus as data source, and import\n"
                     "                 {}/grafana/dashboards/*.json (README.md there)\n",
                     find_dashboards().string())
               : fmt::format("  grafana        {}\n", grafana);
  }
  out += fmt::format(
      "  live view      segue watch {0}\n"
      "  look around    segue ps; segue exec NODE -- ip route; segue shell NODE\n"
      "  take it down   segue down {0}\n",
      options.name);
  print(out);
}

}  // namespace

int up(UpOptions options) {
  options.lab = find_lab(options.lab).string();
  const auto topology = config::load_topology(options.lab);
  const auto mechanisms = config::load_mechanisms(topology);
  if (options.name.empty()) options.name = topology.name;
  keeper::check_lab_name(options.name);
  check_watch(options, topology);
  if (!options.data.empty()) options.data = std::filesystem::absolute(options.data).string();
  const auto links = lab::parse_link_choice(options.links);
  warn(mobility::warnings_of(topology, mechanisms));
  lab::require_lab(links, topology);
  Pipe pipe = make_pipe();
  start_keeper(options, pipe.write.get());
  pipe.write.reset();
  const json answer = await_ready(pipe.read.get());
  if (answer.contains("error")) {
    throw Error(answer.at("error").get<std::string>(), answer.at("exit_code").get<int>());
  }
  say_where(options, answer);
  if (::isatty(STDOUT_FILENO) != 1) return 0;
  if (options.watch) return watch(options.name);
  print_topology(options.name);
  return 0;
}

int down(const std::string& name) {
  LabClient client(name);
  client.take_down();
  print(client.name() + " is down\n");
  return 0;
}

int ps(const std::string& wanted) {
  const auto names = wanted.empty() ? keeper::labs_up() : std::vector{wanted};
  if (names.empty()) print("no lab is up\n");
  for (const auto& name : names) {
    LabClient client(name);
    const json answer = client.ask({{"verb", "nodes"}});
    auto text = fmt::format("{} ({}, links by {})\n", client.name(), answer.at("lab").get<std::string>(),
                            answer.at("links").get<std::string>());
    const auto trouble = answer.at("trouble").get<std::string>();
    if (!trouble.empty()) text += fmt::format("  {}\n", trouble);
    for (const auto& node : answer.at("nodes")) {
      const auto node_name = node.at("name").get<std::string>();
      const std::string at = answer.at("attached").value(node_name, "");
      text += fmt::format("  {:<15} {:<14} {:<26} agent {}{}{}\n", node_name, node.at("role").get<std::string>(),
                          node.at("address").get<std::string>(), node.at("pid").get<int>(),
                          node.at("up").get<bool>() ? "" : " (ended)", at.empty() ? "" : ", attached to " + at);
    }
    print(text);
  }
  return 0;
}

}  // namespace segue::cli
