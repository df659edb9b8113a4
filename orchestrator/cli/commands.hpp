// The verbs of the program. Each adds its options to the parser, and sets what is to be done once they are read.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace segue::cli {

// What the verb on the command line does; returns the exit code. Throws Error.
using Action = std::function<int()>;

void add_doctor(CLI::App& app, Action& action);
void add_run(CLI::App& app, Action& action);
void add_campaign(CLI::App& app, Action& action);
void add_task(CLI::App& app, Action& action);    // hidden: what a campaign on Slurm starts
void add_up(CLI::App& app, Action& action);      // up, down, ps
void add_inside(CLI::App& app, Action& action);  // exec, shell, capture
void add_live(CLI::App& app, Action& action);    // handover, link
void add_graph(CLI::App& app, Action& action);
void add_kernel(CLI::App& app, Action& action);  // kernel build, kernel path
void add_report(CLI::App& app, Action& action);
void add_view(CLI::App& app, Action& action);
void add_watch(CLI::App& app, Action& action);
void add_worker(CLI::App& app, Action& action);  // hidden: what run starts
void add_keeper(CLI::App& app, Action& action);  // hidden: what up starts

}  // namespace segue::cli
