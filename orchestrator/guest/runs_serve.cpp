#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>

#include "nodes/base/error.hpp"
#include "nodes/base/fd.hpp"
#include "nodes/base/signals.hpp"
#include "orchestrator/guest/run_lines.hpp"
#include "orchestrator/guest/runs.hpp"
#include "orchestrator/lab/worker_protocol.hpp"

namespace segue::guest {

namespace {

void write_all(int fd, std::string_view text, const std::string& attempt) {
  while (!text.empty())
    text.remove_prefix(static_cast<std::size_t>(check(::write(fd, text.data(), text.size()), attempt)));
}

void say(std::string_view word, std::string_view body) {
  write_all(STDOUT_FILENO, run_line(word, body), "tell the host of the run");
}

// On the host when this returns: the guest may be killed after it.
void write_result(const std::filesystem::path& path, const std::string& text) {
  const auto attempt = "write " + path.native();
  const Fd file(check(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666), attempt));
  write_all(file.get(), text, attempt);
  check(::fsync(file.get()), attempt);
}

}  // namespace

int serve_run(const std::vector<std::string>& arguments) {
  if (arguments.size() != 2) throw Error("a guest needs a run and a folder");
  const Fd stop = watch_signals({SIGTERM});
  const lab::RunObserver observer{.handover = [](const lab::Scorecard& card) { say(handover_word, to_json(card)); },
                                  .sample = [](const lab::Sample& sample) { say(sample_word, to_json(sample)); },
                                  .interrupt_fd = stop.get()};
  const auto result = lab::perform_run(lab::spec_from_json(arguments[0]), observer);
  write_result(std::filesystem::path(arguments[1]) / result_name, to_json(result));
  say(end_word, {});
  return 0;
}

}  // namespace segue::guest
