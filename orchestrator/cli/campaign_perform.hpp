// The ways a campaign's runs are performed: on this machine's kernel, or in guests.
#pragma once

#include <filesystem>
#include <string>

#include "orchestrator/campaign/plan.hpp"
#include "orchestrator/campaign/runner.hpp"
#include "orchestrator/cli/progress.hpp"

namespace segue::cli {

struct CampaignOptions {
  std::string file;
  std::string lab;    // in place of the one that the file names
  unsigned jobs = 0;  // 0: as many as the clock bears on this machine
  std::string clock = "real";
  std::string executor = "local";
  std::string out;
  std::string memory = "256M";
  std::string date;  // of the guests' clocks; "": guest::default_date
  bool resume = false;
  bool dry_run = false;
};

struct CampaignClock {
  const char* name;
  unsigned (*default_jobs)();
  // Throws MachineError, with what to do, if this machine cannot run it.
  void (*require)(const campaign::Plan& plan, Progress& progress);
  std::string (*kernel)();  // what it is called in campaign.json
  campaign::Perform (*perform)(const CampaignOptions& options, const campaign::Plan& plan);
  Delay (*expected_wall)(const experiment::RunSpec& run);  // of one run, without having seen one
};

// On Slurm, in guests; `scratch` is a folder that all its nodes see.
campaign::Perform perform_by_slurm(const CampaignOptions& options, const campaign::Plan& plan,
                                   const std::filesystem::path& scratch);

// What the iperf calls itself that a campaign's probes are; empty if they need none.
std::string iperf_of(const campaign::Plan& plan);

const CampaignClock& campaign_clock(const std::string& name);  // throws InputError

}  // namespace segue::cli
