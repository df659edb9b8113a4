#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <boost/process.hpp>
#include <boost/process/extend.hpp>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "nodes/base/error.hpp"
#include "orchestrator/cli/commands.hpp"
#include "orchestrator/cli/lab_client.hpp"
#include "orchestrator/cli/labs.hpp"
#include "orchestrator/cli/live_metrics.hpp"
#include "orchestrator/lab/control_socket.hpp"
#include "orchestrator/lab/keeper.hpp"
#include "orchestrator/lab/process.hpp"

namespace segue::cli {

namespace {

namespace bp = boost::process;
using nlohmann::json;

struct UpOptions {
  std::string lab;
  std::string name;
  std::string links = "auto";
  std::string metrics = "127.0.0.1:9464";
  std::uint64_t seed = 1;
  int ready = -1;  // where the keeper says that it is up, or why not
};

// The keeper's side --------------------------------------------------------------------------------------------------

void tell(int fd, const json& message) {
  const std::string text = message.dump();
  check(::write(fd, text.data(), text.size()), "say that the lab is up");
}

int keep(const UpOptions& options) {
  Fd ready(options.ready);
  try {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigprocmask(SIG_BLOCK, &signals, nullptr);
    const Fd stop(check(::signalfd(-1, &signals, SFD_CLOEXEC), "watch for signals"));
    const auto topology = config::load_topology(options.lab);
    Fd listener = lab::listen_as(options.name);
    lab::Keeper keeper(topology, {.links = lab::parse_link_choice(options.links), .seed = options.seed},
                       std::move(listener));
    // After the agents are started: the exposition has threads, and PR_SET_PDEATHSIG follows the thread that forks.
    LiveMetrics metrics(options.metrics, options.name);
    keeper.observe({.handover = [&](const std::string& mechanism,
                                    const lab::Scorecard& card) { metrics.handover(mechanism, true, card); },
                    .sample = [&](const std::string& mechanism, const std::string& mobile,
                                  const lab::Sample& sample) { metrics.sample(mechanism, mobile, "voip", sample); }});
    tell(ready.get(), {{"metrics", metrics.address()}, {"nodes", topology.nodes.size()}});
    ready.reset();
    keeper.run(stop.get());
    return 0;
  } catch (const Error& error) {
    if (ready) tell(ready.get(), {{"error", error.what()}, {"exit_code", error.exit_code()}});
    return error.exit_code();
  }
}

// The command's side -------------------------------------------------------------------------------------------------

// A keeper outlives the command that starts it: a session of its own, nothing of this terminal.
void start_keeper(const UpOptions& options, int ready) {
  bp::child keeper(
      bp::exe = "/proc/self/exe",
      bp::args = {"keeper", options.lab, "--name", options.name, "--links", options.links, "--metrics", options.metrics,
                  "--seed", std::to_string(options.seed), "--ready", std::to_string(ready)},
      bp::std_in<bp::null, bp::std_out> bp::null, bp::std_err > bp::null, bp::extend::on_exec_setup = [ready](auto&) {
        ::setsid();
        ::fcntl(ready, F_SETFD, 0);
      });
  keeper.detach();
}

json await_ready(int fd) {
  std::string text(64 * 1024, '\0');
  ssize_t length = 0;
  do {
    length = ::read(fd, text.data(), text.size());
  } while (length < 0 && errno == EINTR);
  if (length <= 0) throw Error("bring the lab up: its keeper ended without a word");
  return json::parse(text.substr(0, static_cast<std::size_t>(length)));
}

int up(UpOptions options) {
  options.lab = find_lab(options.lab).string();
  const auto topology = config::load_topology(options.lab);  // mistakes are told before anything starts
  config::load_mechanisms(topology);
  lab::require_lab(lab::parse_link_choice(options.links));
  if (options.name.empty()) options.name = topology.name;
  std::array<int, 2> ends{};
  check(::pipe2(ends.data(), O_CLOEXEC), "create a pipe");
  const Fd from(ends[0]);
  {
    const Fd to(ends[1]);
    start_keeper(options, to.get());
  }
  const json answer = await_ready(from.get());
  if (answer.contains("error")) {
    throw Error(answer.at("error").get<std::string>(), answer.at("exit_code").get<int>());
  }
  std::fputs(
      fmt::format("{} is up: {} nodes\n  metrics        http://{}/metrics\n  look around    segue ps; segue exec "
                  "NODE -- ip route; segue shell NODE\n  take it down   segue down {}\n",
                  options.name, answer.at("nodes").get<std::size_t>(), answer.at("metrics").get<std::string>(),
                  options.name)
          .c_str(),
      stdout);
  return 0;
}

int down(const std::string& name) {
  LabClient client(name);
  client.ask({{"verb", "down"}});
  client.await_end();
  std::fputs(fmt::format("{} is down\n", client.name()).c_str(), stdout);
  return 0;
}

int ps(const std::string& wanted) {
  const auto names = wanted.empty() ? lab::labs_up() : std::vector{wanted};
  if (names.empty()) std::fputs("no lab is up\n", stdout);
  for (const auto& name : names) {
    LabClient client(name);
    const json answer = client.ask({{"verb", "nodes"}});
    std::fputs(fmt::format("{} ({}, links by {})\n", client.name(), answer.at("lab").get<std::string>(),
                           answer.at("links").get<std::string>())
                   .c_str(),
               stdout);
    for (const auto& node : answer.at("nodes")) {
      const auto node_name = node.at("name").get<std::string>();
      const std::string at = answer.at("attached").value(node_name, "");
      std::fputs(fmt::format("  {:<15} {:<14} {:<26} agent {}{}\n", node_name, node.at("role").get<std::string>(),
                             node.at("address").get<std::string>(), node.at("pid").get<int>(),
                             at.empty() ? "" : ", attached to " + at)
                     .c_str(),
                 stdout);
    }
  }
  return 0;
}

void add_lab_options(CLI::App* verb, UpOptions& options) {
  verb->add_option("LAB", options.lab, "A lab's folder, or its name under topologies/")->required();
  verb->add_option("--name", options.name, "What to call it; the lab's own name by default");
  verb->add_option("--links", options.links, "Link engine: auto, netem or wire")->capture_default_str();
  verb->add_option("--metrics", options.metrics, "Where to serve Prometheus metrics")->capture_default_str();
  verb->add_option("--seed", options.seed, "Fixes what is random")->capture_default_str();
}

}  // namespace

void add_up(CLI::App& app, Action& action) {
  auto options = std::make_shared<UpOptions>();
  CLI::App* verb = app.add_subcommand("up", "Bring a lab up, and return when every node answers");
  add_lab_options(verb, *options);
  verb->callback([&action, options] { action = [options] { return up(*options); }; });

  auto name = std::make_shared<std::string>();
  CLI::App* down_verb = app.add_subcommand("down", "Take a lab down");
  down_verb->add_option("NAME", *name, "Its name; not needed if only one is up");
  down_verb->callback([&action, name] { action = [name] { return down(*name); }; });

  CLI::App* ps_verb = app.add_subcommand("ps", "The labs that are up, and their nodes");
  ps_verb->add_option("NAME", *name, "One of them");
  ps_verb->callback([&action, name] { action = [name] { return ps(*name); }; });
}

void add_keeper(CLI::App& app, Action& action) {
  auto options = std::make_shared<UpOptions>();
  CLI::App* verb = app.add_subcommand("keeper", "");
  verb->group("");  // hidden
  add_lab_options(verb, *options);
  verb->add_option("--ready", options->ready)->required();
  verb->callback([&action, options] { action = [options] { return keep(*options); }; });
}

}  // namespace segue::cli
