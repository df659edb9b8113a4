#include "orchestrator/cli/campaign_perform.hpp"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <algorithm>
#include <memory>
#include <thread>

#include "nodes/base/error.hpp"
#include "nodes/base/signals.hpp"
#include "nodes/probe/iperf.hpp"
#include "nodes/process/run.hpp"
#include "orchestrator/campaign/slurm.hpp"
#include "orchestrator/cli/kernel.hpp"
#include "orchestrator/guest/kernel.hpp"
#include "orchestrator/guest/runs.hpp"

namespace segue::cli {

namespace {

unsigned cores() { return std::max(std::thread::hardware_concurrency(), 1U); }
unsigned half_the_cores() {
  return std::max(cores() / 2, 1U);
}  // what runs on the real clock must not be short of them

bool needs_iperf(const campaign::Plan& plan) {
  return std::any_of(plan.probes.begin(), plan.probes.end(),
                     [](auto probe) { return probe != experiment::Probe::voip; });
}

void require_probes(const campaign::Plan& plan) {
  if (needs_iperf(plan)) probe::require_iperf();
}

void require_real(const campaign::Plan& plan, Progress&) {
  refuse_date(plan.date);
  lab::require_lab(lab::parse_link_choice(plan.campaign.links), plan.topology);
  require_probes(plan);
}

void require_virtual(const campaign::Plan& plan, Progress& progress) {
  if (plan.campaign.links.starts_with("wire"))
    throw InputError(fmt::format("links = \"{}\": with --clock virtual links are netem's", plan.campaign.links));
  lab::require_netem_can(plan.topology);
  guest::memory_bytes(plan.memory);
  guest::parse_date(guest::date_or_default(plan.date));
  require_probes(plan);
  if (!guest::kernel_built()) build_kernel_with_progress(guest::default_kernel_source, progress);
}

std::string kernel_of_this_machine() {
  utsname name{};
  ::uname(&name);
  return fmt::format("{} {} {}", name.sysname, name.release, name.machine);
}

std::string kernel_of_guests() { return guest::kernel_path().parent_path().filename(); }

campaign::Perform perform_real(const CampaignOptions& options, const campaign::Plan&) {
  return [jobs = options.jobs, interrupt = std::make_shared<Fd>(asked_to_end())](
             const auto& runs, const experiment::WorkerObserver& observer) {
    auto watched = observer;
    watched.interrupt_fd = interrupt->get();  // stays readable: what comes after is not begun either
    experiment::perform_runs(runs, jobs, watched);
  };
}

campaign::Perform perform_virtual(const CampaignOptions& options, const campaign::Plan& plan) {
  const guest::RunGuests settings{.kernel = guest::kernel_path(),
                                  .memory = options.memory,
                                  .date = guest::date_or_default(plan.date),
                                  .wall_limit = plan.campaign.timeout};
  return [jobs = options.jobs, settings](const auto& runs, const experiment::WorkerObserver& observer) {
    guest::perform_runs(runs, jobs, settings, observer);
  };
}

Delay length_of(const experiment::RunSpec& run) { return static_cast<int>(run.handovers) * run.interval; }

// Bringing a lab up, and letting what is on its way arrive.
Delay real_wall(const experiment::RunSpec& run) { return length_of(run) + std::chrono::seconds(3); }

// Measured: about a second to boot, and what a probe's packets cost on a core, whatever the time between them.
Delay virtual_wall(const experiment::RunSpec& run) {
  return std::chrono::milliseconds(1500) + length_of(run) / (run.probe == experiment::Probe::iperf_udp ? 10 : 25);
}

const CampaignClock on_this_machine{"real",       half_the_cores, require_real, kernel_of_this_machine,
                                    perform_real, real_wall};
const CampaignClock in_guests{"virtual", cores, require_virtual, kernel_of_guests, perform_virtual, virtual_wall};

}  // namespace

campaign::Perform perform_by_slurm(const CampaignOptions& options, const campaign::Plan& plan,
                                   const std::filesystem::path& scratch) {
  const campaign::SlurmSettings settings{.folder = scratch,
                                         .jobs = options.jobs,
                                         .kernel = guest::kernel_path(),
                                         .memory = options.memory,
                                         .date = guest::date_or_default(plan.date),
                                         .wall_limit = plan.campaign.timeout};
  return [settings](const auto& runs, const experiment::WorkerObserver& observer) {
    campaign::perform_on_slurm(runs, settings, observer);
  };
}

std::string iperf_of(const campaign::Plan& plan) {
  if (!needs_iperf(plan)) return {};
  const auto text =
      process::run({.path = probe::require_iperf(), .arguments = {"-v"}, .errors = process::as_output}).output;
  return text.substr(0, text.find('\n'));
}

const CampaignClock& campaign_clock(const std::string& name) {
  for (const CampaignClock* clock : {&on_this_machine, &in_guests}) {
    if (name == clock->name) return *clock;
  }
  throw InputError(fmt::format("--clock \"{}\": real or virtual", name));
}

}  // namespace segue::cli
