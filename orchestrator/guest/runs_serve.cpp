#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>

#include "nodes/base/error.hpp"
#include "nodes/base/fd.hpp"
#include "nodes/base/signals.hpp"
#include "orchestrator/experiment/worker_protocol.hpp"
#include "orchestrator/files/whole_file.hpp"
#include "orchestrator/guest/run_lines.hpp"
#include "orchestrator/guest/runs.hpp"

namespace segue::guest {

namespace {

void say(std::string_view word, std::string_view body) {
  const std::string line = run_line(word, body);
  for (std::string_view left = line; !left.empty();) {
    const auto said = check(::write(STDOUT_FILENO, left.data(), left.size()), "tell the host of the run");
    left.remove_prefix(static_cast<std::size_t>(said));
  }
}

}  // namespace

int serve_run(const std::vector<std::string>& arguments) {
  if (arguments.size() != 2) throw Error("a guest needs a run and a folder");
  const Fd stop = watch_signals({SIGTERM});
  const experiment::RunObserver observer{
      .handover = [](const record::Scorecard& card) { say(handover_word, to_json(card)); },
      .sample = [](const record::Sample& sample) { say(sample_word, to_json(sample)); },
      .interrupt_fd = stop.get()};
  const auto result = experiment::perform_run(experiment::spec_from_json(arguments[0]), observer);
  files::write_file(std::filesystem::path(arguments[1]) / result_name, to_json(result));  // killed after it, perhaps
  say(end_word, {});
  return 0;
}

}  // namespace segue::guest
