// How work is going: on a terminal runs as a live view, and other work as one line that changes; elsewhere a line on
// standard error for each event.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/experiment/worker.hpp"
#include "orchestrator/view/live_view.hpp"
#include "orchestrator/view/run_picture.hpp"

namespace segue::cli {

class Progress {
 public:
  explicit Progress(bool quiet);  // says nothing but errors; a view leaves nothing behind, and is shown all the same
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress() { end(); }

  void line(const std::string& text);  // said after the view, if there is one
  void begin(const config::Topology& topology, const std::vector<experiment::RunSpec>& runs, unsigned handovers);
  void started(std::size_t run);
  void handover(std::size_t run, const record::Scorecard& card);
  void sample(std::size_t run, const record::Sample& sample);
  void ended(std::size_t run, const experiment::RunOutcome& outcome);
  void task(const std::string& what, int percent, std::optional<Delay> left = {});  // of something else than runs
  void end();

 private:
  std::string name(std::size_t run) const;
  void show(const config::Topology& topology);
  void say(const std::string& text);
  void redraw();
  template <typename Change>
  void change_picture(Change change);

  bool quiet_;
  bool terminal_;
  std::vector<experiment::RunSpec> runs_;
  Instant began_{};
  std::size_t total_ = 0;
  std::size_t done_ = 0;
  std::string last_;
  int last_percent_ = -1;

  std::mutex mutex_;  // of the picture
  std::optional<view::RunPicture> picture_;
  std::string later_;  // what is said after the view
  std::unique_ptr<view::LiveView> view_;
};

}  // namespace segue::cli
