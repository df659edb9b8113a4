// The folder a campaign leaves its results in, and goes on in after an interruption.
//
// A run is written into OUT/.aside and renamed into OUT/runs: there is a whole one or none, whatever ends the program.
// One campaign at a time holds the folder (a lock that the kernel takes back).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "nodes/base/fd.hpp"
#include "orchestrator/campaign/plan.hpp"
#include "orchestrator/record/result.hpp"

namespace segue::campaign {

class CampaignFolder {
 public:
  // `identity` is the text of campaign.json. A new folder gets it; one that has it already is gone on with if `resume`
  // is set. Throws InputError, and touches nothing, if the folder holds another campaign, anything else, or this
  // campaign and `resume` is not set; Error if it cannot be written or is in use.
  CampaignFolder(std::filesystem::path path, const std::string& identity, bool resume);
  ~CampaignFolder();  // takes OUT/.aside away, and a folder it made in which nothing was left
  CampaignFolder(const CampaignFolder&) = delete;
  CampaignFolder& operator=(const CampaignFolder&) = delete;

  const std::filesystem::path& path() const noexcept { return path_; }
  const std::filesystem::path& aside() const noexcept { return aside_; }  // exists; for what need not last

  std::vector<RunKey> finished() const;  // sorted
  void store(const RunKey& run, const record::RunResult& result) const;
  record::RunResult load(const RunKey& run) const;
  void write(const std::filesystem::path& name, const std::string& text) const;  // a file of the folder, whole or not

  // Throws Error if no space is left: then no run can end well, and none should be tried.
  void require_space() const;

 private:
  void make(const std::string& identity, bool there);
  void clean_up() noexcept;

  std::filesystem::path path_;
  std::filesystem::path aside_;
  std::vector<std::filesystem::path> made_;
  Fd lock_;
};

// Throws Error naming the file.
record::RunResult load_result(const std::filesystem::path& file);

// The runs under OUT/runs, sorted; none if there is no such folder.
std::vector<RunKey> finished_runs(const std::filesystem::path& out);

}  // namespace segue::campaign
