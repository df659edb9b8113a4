// The verbs of the program. Each does what its options say, prints what it has to say, and returns the exit code;
// throws Error. What they are called on the command line, and how their options are read, is arguments.cpp's to know.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace segue::cli {

struct CampaignOptions;  // campaign_perform.hpp
struct RunOptions;       // run_task.hpp

int doctor();
int run(RunOptions options);
int run_campaign(CampaignOptions options);
int draw_graph(const std::string& lab, bool dot);                                 // dot: Graphviz's language, not SVG
int explain(const std::string& lab, const std::vector<std::string>& mechanisms);  // none named: all that run by default
int build_kernel(const std::string& source);
int print_kernel_path();
int write_report(const std::string& folder);

struct ViewOptions {
  std::string folder;
  std::string data;  // of Prometheus; "": in memory
};
int view_results(const ViewOptions& options);

// A lab that stays up. `lab` below, wherever it is "": the only one that is up.
struct UpOptions {
  std::string lab;
  std::string name;
  std::string links = "auto";
  std::string metrics = "127.0.0.1:9464";
  std::uint64_t seed = 1;
  bool watch = false;
  std::string every = "5s";
  std::vector<std::string> mechanisms;
  std::string data;
  int ready = -1;  // where the keeper says that it is up, or why not
};
int up(UpOptions options);
int keep(const UpOptions& options);  // what up starts: the process that holds the lab
int down(const std::string& lab);
int ps(const std::string& lab);  // "": all that are up

struct InsideOptions {
  std::string node;
  std::string lab;
  std::vector<std::string> command;  // of exec; of capture, tcpdump's arguments
  std::string file;                  // of capture; "": they are printed
};
int exec(const InsideOptions& options);
int shell(const InsideOptions& options);
int capture(InsideOptions options);

struct HandoverOptions {
  std::string lab;
  std::string mechanism;
  std::string to;
  bool json = false;
};
int hand_over(const HandoverOptions& options);

struct LinkOptions {
  std::string lab;
  std::string link;
  std::string from;
  std::vector<std::string> values;  // one for each of config::impairment_keys(); "" where it is not to change
};
int change_link(const LinkOptions& options);

}  // namespace segue::cli
