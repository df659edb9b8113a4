// The only file that includes the parser of the command line: it is the dearest header of all to compile.
#include "orchestrator/cli/arguments.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "nodes/base/version.hpp"
#include "orchestrator/campaign/slurm.hpp"
#include "orchestrator/cli/campaign_perform.hpp"
#include "orchestrator/cli/commands.hpp"
#include "orchestrator/cli/output.hpp"
#include "orchestrator/cli/passed_on.hpp"
#include "orchestrator/cli/run_task.hpp"
#include "orchestrator/cli/watch_command.hpp"
#include "orchestrator/config/impairments.hpp"
#include "orchestrator/experiment/worker.hpp"
#include "orchestrator/guest/date.hpp"
#include "orchestrator/guest/kernel.hpp"

namespace segue::cli {

namespace {

constexpr const char* which_lab = "The lab; not needed if only one is up";
constexpr const char* lab_to_load = "A lab's folder, or its name under topologies/";

using Action = std::function<int()>;

// The parser, and what the verb that it met is to do. Options outlive the parsing in shared pointers.
struct Arguments {
  CLI::App app{"Segue: a testbed for handover.", "segue"};
  Action action;
  std::vector<std::string> passed_on;  // words that are another program's

  CLI::App* add(const std::string& name, const std::string& what, Action perform) {
    return add_below(app, name, what, std::move(perform));
  }
  CLI::App* add_hidden(const std::string& name, Action perform) { return add(name, "", std::move(perform))->group(""); }
  CLI::App* add_below(CLI::App& above, const std::string& name, const std::string& what, Action perform) {
    CLI::App* verb = above.add_subcommand(name, what);
    verb->callback([this, perform = std::move(perform)] { action = perform; });
    return verb;
  }
};

std::string date_of_guests() {
  return fmt::format("What the guests' clocks show when a run begins, if virtual; {} by default", guest::default_date);
}

void add_run(Arguments& arguments) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* verb = arguments.add("run", "Measure the handovers of a lab's mechanisms, and print the table",
                                 [options] { return run(*options); });
  verb->add_option("LAB", options->lab, lab_to_load)->required();
  verb->add_option("--mechanism", options->mechanisms, "One of the lab's mechanisms; all by default");
  verb->add_option("--probe", options->probes, "voip, iperf-udp or iperf-tcp; all by default");
  verb->add_option("--family", options->family, "Of what probes send: 6, or 4 in a lab with IPv4")
      ->capture_default_str();
  verb->add_option("--handovers", options->handovers, "Handovers of each run")->capture_default_str();
  verb->add_option("--interval", options->interval, "Between handovers; 5s, and 10s for iperf-tcp, by default");
  verb->add_option("--clock", options->clock, "real, or virtual: in a guest kernel, without root, the same every time")
      ->capture_default_str();
  verb->add_option("--links", options->links, fmt::format("Link engine: {}", lab::link_choices))->capture_default_str();
  verb->add_option("--seed", options->seed, "Fixes what is random")->capture_default_str();
  verb->add_option("--out", options->out, "Folder for the results; results/<lab>-<time> by default");
  verb->add_option("--metrics", options->metrics, "Where to serve Prometheus metrics")->capture_default_str();
  verb->add_option("--jobs", options->jobs,
                   "Runs side by side; by default a core each if virtual, all mechanisms if real");
  verb->add_option("--memory", options->memory, "Of each guest, if virtual")->capture_default_str();
  verb->add_option("--date", options->date, date_of_guests());
  verb->add_option("--timeout", options->timeout, "Wall time for each guest, if virtual")->capture_default_str();
  verb->add_flag("--json", options->json, "Print the summary and nothing else");
  verb->add_flag("--strict", options->strict, "End with 4 where measurement and analysis disagree");
  verb->add_flag("--explain", options->explain,
                 "Also what the gaps consist of by the analysis, and what a millisecond less of each delay saves");

  auto control = std::make_shared<int>(-1);
  CLI::App* worker = arguments.add_hidden("worker", [control] { return experiment::serve_run(Fd(*control)); });
  worker->add_option("--control", *control)->required();
}

void add_campaign(Arguments& arguments) {
  auto options = std::make_shared<CampaignOptions>();
  CLI::App* verb = arguments.add("campaign", "Run a matrix of experiments until its numbers hold up",
                                 [options] { return run_campaign(*options); });
  verb->add_option("CAMPAIGN", options->file, "A campaign's file, or LAB/NAME for one that comes with a lab")
      ->required();
  verb->add_option("--jobs", options->jobs,
                   "Runs side by side; by default a core each if virtual, half as many if real, 64 on Slurm");
  verb->add_option("--clock", options->clock, "real, or virtual: in guest kernels, without root, the same every time")
      ->capture_default_str();
  verb->add_option("--executor", options->executor, "Where: local, or slurm, as job arrays")->capture_default_str();
  verb->add_option("--lab", options->lab, "Another lab than the one that the file lies in or names");
  verb->add_option("--out", options->out, "Folder for the results; results/<lab>-<campaign> by default");
  verb->add_option("--memory", options->memory, "Of each guest, if virtual")->capture_default_str();
  verb->add_option("--date", options->date, date_of_guests());
  verb->add_flag("--resume", options->resume, "Go on with what --out holds");
  verb->add_flag("--dry-run", options->dry_run, "List what would run, and how long it would take");

  // What a task of a Slurm array starts.
  auto folder = std::make_shared<std::string>();
  auto index = std::make_shared<std::size_t>(0);
  CLI::App* task = arguments.add_hidden("task", [folder, index] { return campaign::serve_task(*folder, *index); });
  task->add_option("FOLDER", *folder)->required();
  task->add_option("INDEX", *index)->required();
}

void add_up_options(CLI::App* verb, UpOptions& options) {
  verb->add_option("LAB", options.lab, lab_to_load)->required();
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

void add_up(Arguments& arguments) {
  auto options = std::make_shared<UpOptions>();
  add_up_options(
      arguments.add("up", "Bring a lab up, and return when every node answers", [options] { return up(*options); }),
      *options);
  CLI::App* keeper = arguments.add_hidden("keeper", [options] { return keep(*options); });
  add_up_options(keeper, *options);
  keeper->add_option("--ready", options->ready)->required();

  auto name = std::make_shared<std::string>();
  arguments.add("down", "Take a lab down", [name] { return down(*name); })
      ->add_option("NAME", *name, "Its name; not needed if only one is up");
  arguments.add("ps", "The labs that are up, and their nodes", [name] { return ps(*name); })
      ->add_option("NAME", *name, "One of them");
}

// Programs of the user's own in a node.
void add_inside(Arguments& arguments) {
  auto options = std::make_shared<InsideOptions>();
  options->command = arguments.passed_on;
  const auto add = [&](const char* name, const char* what, Action perform) {
    CLI::App* verb = arguments.add(name, what, std::move(perform));
    verb->add_option("NODE", options->node, "A node of the lab")->required();
    verb->add_option("--lab", options->lab, "Its lab; not needed if only one is up");
    return verb;
  };
  // For the help alone, and for who forgot it: the parser never sees a command.
  auto none = std::make_shared<std::vector<std::string>>();
  add("exec", "Run a command in a node: segue exec mn -- ping cn", [options, none] { return exec(*options); })
      ->add_option("CMD", *none, "The command and its arguments, as they are")
      ->required(options->command.empty());
  add("shell", "A shell in a node", [options] { return shell(*options); });
  add("capture",
      "A node's packets, printed or recorded by tcpdump, with its arguments behind --: "
      "segue capture mn:ar1 -w mn.pcap -- udp",
      [options] { return capture(*options); })
      ->add_option("-w", options->file, "The file to write; they are printed without it");
}

void add_handover(Arguments& arguments) {
  auto options = std::make_shared<HandoverOptions>();
  CLI::App* verb = arguments.add("handover", "One handover in a lab that is up, and its scorecard",
                                 [options] { return hand_over(*options); });
  verb->add_option("--mechanism", options->mechanism, "One of the lab's; the last one used by default");
  verb->add_option("--to", options->to, "The access router to go to; the next one by default");
  verb->add_option("--lab", options->lab, which_lab);
  verb->add_flag("--json", options->json, "Print the scorecard as JSON");
}

void add_link(Arguments& arguments) {
  auto options = std::make_shared<LinkOptions>();
  CLI::App* verb = arguments.add("link", "Show or change a link's impairments while traffic flows",
                                 [options] { return change_link(*options); });
  verb->add_option("LINK", options->link, "One of the lab's links; all by default");
  verb->add_option("--from", options->from, "Only the direction that leaves this node");
  verb->add_option("--lab", options->lab, which_lab);
  const auto keys = config::impairment_keys();
  options->values.resize(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    verb->add_option("--" + std::string(keys[i].name), options->values[i],
                     fmt::format("{}, as {}", keys[i].meaning, keys[i].example));
  }
}

void add_graph(Arguments& arguments) {
  auto lab = std::make_shared<std::string>();
  auto dot = std::make_shared<bool>(false);
  CLI::App* verb = arguments.add("graph", "Draw a lab's topology, as SVG on standard output",
                                 [lab, dot] { return draw_graph(*lab, *dot); });
  verb->add_option("LAB", *lab, lab_to_load)->required();
  verb->add_flag("--dot", *dot, "Graphviz's language instead");
}

void add_explain(Arguments& arguments) {
  auto lab = std::make_shared<std::string>();
  auto mechanisms = std::make_shared<std::vector<std::string>>();
  CLI::App* verb = arguments.add("explain", "Where the gaps of a lab's handovers go, by the analysis; nothing is run",
                                 [lab, mechanisms] { return explain(*lab, *mechanisms); });
  verb->add_option("LAB", *lab, lab_to_load)->required();
  verb->add_option("--mechanism", *mechanisms, "One of the lab's mechanisms; all by default");
}

void add_kernel(Arguments& arguments) {
  CLI::App* verb = arguments.app.add_subcommand("kernel", "The guest kernel of --clock virtual");
  verb->require_subcommand(1);
  auto source = std::make_shared<std::string>(guest::default_kernel_source);
  arguments
      .add_below(*verb, "build", "Build it, unless it is there already", [source] { return build_kernel(*source); })
      ->add_option("--source", *source, "Linux 6.12: a tarball, or the top of a tree")
      ->capture_default_str();
  arguments.add_below(*verb, "path", "Print where it is", print_kernel_path);
}

void add_report(Arguments& arguments) {
  auto folder = std::make_shared<std::string>();
  arguments
      .add("report", "Make report.html from what a run or a campaign left in a folder",
           [folder] { return write_report(*folder); })
      ->add_option("DIR", *folder, "The folder with the results")
      ->required();
}

void add_view(Arguments& arguments) {
  auto options = std::make_shared<ViewOptions>();
  CLI::App* verb = arguments.add("view", "What a virtual run or campaign left, in Prometheus and Grafana",
                                 [options] { return view_results(*options); });
  verb->add_option("DIR", options->folder, "The folder of its results")->required();
  verb->add_option("--data", options->data, "Keep Prometheus' data in this folder; in memory by default");
}

void add_watch(Arguments& arguments) {
  auto name = std::make_shared<std::string>();
  auto once = std::make_shared<bool>(false);
  CLI::App* verb = arguments.add("watch", "The live view of a lab that is up; elsewhere than on a terminal, lines",
                                 [name, once] { return *once ? watch_once(*name) : watch(*name); });
  verb->add_option("NAME", *name, "Its name; not needed if only one is up");
  verb->add_flag("--once", *once, "Print the view once, and return");
}

std::string complaint_of(const CLI::App& app, const CLI::ParseError& error) {
  std::string verb;
  for (const CLI::App* one = &app; !one->get_subcommands().empty();) {
    one = one->get_subcommands().front();
    verb += one->get_name() + ' ';
  }
  std::string text =
      fmt::format("segue: {}{}\n", verb.empty() ? "" : verb.substr(0, verb.size() - 1) + ": ", error.what());
  if (verb.starts_with("exec"))
    text += "Options of the command come behind it, or behind `--`: segue exec NODE -- CMD\n";
  return text + fmt::format("Run `segue {}--help` for more information.\n", verb);
}

}  // namespace

int perform(int argc, const char* const* argv) {
  const Words words = take_apart(std::vector<std::string>(argv + std::min(argc, 1), argv + argc));
  Arguments arguments;
  arguments.passed_on = words.passed_on;
  CLI::App& app = arguments.app;
  app.set_version_flag("--version", std::string(version));
  app.footer(
      "Exit codes: 0 done; 1 it failed, or was interrupted, or no handover of a run completed; 2 the input is wrong; "
      "3 the machine lacks something; 4 with --strict, measurement and analysis disagree.");
  app.require_subcommand(1);
  arguments.add("doctor", "What this machine offers, what will be used, how to get the rest", doctor);
  for (const auto add : {add_run, add_campaign, add_up, add_inside, add_handover, add_link, add_graph, add_explain,
                         add_kernel, add_report, add_view, add_watch}) {
    add(arguments);
  }
  try {
    app.parse(std::vector<std::string>(words.own.rbegin(), words.own.rend()));  // the parser takes them from the back
  } catch (const CLI::Success& asked) {                                         // help, version
    return app.exit(asked);
  } catch (const CLI::ParseError& error) {
    say(complaint_of(app, error));
    return 2;
  }
  return arguments.action();
}

}  // namespace segue::cli
