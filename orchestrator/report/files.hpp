// The folder a run leaves its results in.
#pragma once

#include <filesystem>

#include "orchestrator/report/evaluation.hpp"

namespace segue::report {

// summary.json, handovers.jsonl (one scorecard a line) and one CSV a run. Files are written aside and renamed: there is
// a whole one or none. Throws Error naming the file.
class ResultsFolder {
 public:
  // Creates the folder at once, so that a measurement is not lost to a folder that cannot be written. Throws InputError
  // if it holds results already.
  explicit ResultsFolder(std::filesystem::path path);

  const std::filesystem::path& path() const noexcept { return path_; }
  void write(const Evaluation& evaluation) const;

 private:
  std::filesystem::path path_;
};

}  // namespace segue::report
