// The folder a run leaves its results in.
#pragma once

#include <filesystem>
#include <string>

#include "orchestrator/report/evaluation.hpp"

namespace segue::report {

// summary.json, handovers.jsonl (one scorecard a line), wall.json (how long it took on this machine) and one CSV a run;
// metrics.om where nobody could scrape them. Of a repeatable evaluation all but wall.json are the same bytes every
// time. Files are written aside and renamed: there is a whole one or none. Throws Error naming the file.
class ResultsFolder {
 public:
  // Tries at once whether the folder can be made, so that a measurement is not lost to one that cannot. It is made when
  // there is something to write: a run that is killed leaves none. Throws InputError if it holds results already.
  explicit ResultsFolder(std::filesystem::path path);
  ResultsFolder(const ResultsFolder&) = delete;
  ResultsFolder& operator=(const ResultsFolder&) = delete;

  const std::filesystem::path& path() const noexcept { return path_; }
  void write(const Evaluation& evaluation) const;
  void write_metrics(const std::string& open_metrics) const;

 private:
  void make() const;

  std::filesystem::path path_;
};

}  // namespace segue::report
