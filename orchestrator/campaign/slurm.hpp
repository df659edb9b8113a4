// Runs as tasks of a Slurm job array: each is this program, unprivileged, with one guest of its own.
//
// What a task needs is a file in a folder that all machines see, as they see this program, the guest kernel and the
// lab; what it leaves is a file there too, whole or not at all. So Slurm carries no data, and a task that died has left
// nothing: what is missing when the array has ended is submitted again, three times in all. sbatch(1) takes what a site
// wants besides (account, partition, memory) from its SBATCH_* variables. Errors: MachineError if there is no Slurm,
// Error if it refuses the job. SIGINT and SIGTERM cancel the array.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "orchestrator/experiment/worker.hpp"
#include "orchestrator/guest/date.hpp"

namespace segue::campaign {

struct SlurmSettings {
  std::filesystem::path folder;  // existing, on a file system that all machines see
  unsigned jobs = 0;             // tasks at a time; 0: as many as there is room for
  std::filesystem::path kernel;
  std::string memory = "256M";  // of each guest
  std::string date = guest::default_date;
  Delay wall_limit = std::chrono::minutes(30);
};

void require_slurm();  // throws MachineError

// Like guest::perform_runs(); but what ended is told only by observer.ended, and in no order.
void perform_on_slurm(const std::vector<experiment::RunSpec>& runs, const SlurmSettings& settings,
                      const experiment::WorkerObserver& observer);

// The side of a task: performs run `index` of the array in `folder`. Returns its exit code.
int serve_task(const std::filesystem::path& folder, std::size_t index);

}  // namespace segue::campaign
