#include "orchestrator/guest/guest_process.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>
#include <utility>

#include "nodes/base/error.hpp"
#include "orchestrator/guest/orders.hpp"

namespace segue::guest {

namespace {

constexpr std::size_t tail_limit = 8 << 10;

}  // namespace

GuestProcess::GuestProcess(const GuestOptions& options, LineHandler on_line)
    : options_(options),
      on_line_(std::move(on_line)),
      started_(now()),
      last_output_(started_),
      guest_(launch(options, scratch_.path())) {}

GuestProcess::~GuestProcess() {
  if (guest_.pid > 0) {
    end_processes();
    ::waitpid(guest_.pid, nullptr, 0);
  }
}

void GuestProcess::read_console() {
  std::array<char, 1 << 16> buffer;
  const auto size = ::read(guest_.console.get(), buffer.data(), buffer.size());
  if (size <= 0) return;
  last_output_ = now();
  std::string_view text(buffer.data(), static_cast<std::size_t>(size));
  for (auto end = text.find('\n'); end != text.npos; end = text.find('\n')) {
    partial_line_.append(text.substr(0, end));
    text.remove_prefix(end + 1);
    take_line(std::exchange(partial_line_, {}));
  }
  partial_line_.append(text);
}

void GuestProcess::take_line(std::string_view line) {
  while (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  if (line.empty()) return;
  if (line == ready_line) {
    scratch_.remove();  // now rather than at the end, so that not even SIGKILL leaves it behind
    return;
  }
  if (const auto status = parse_status_line(line)) {
    status_ = status;
    return;
  }
  // What follows the status is the kernel taking its leave.
  if (status_) return;
  // What the work tells the host's program is for no person to read.
  if (!line.starts_with(message_mark)) tail_.append(line).push_back('\n');
  if (tail_.size() > 2 * tail_limit) tail_.erase(0, tail_.find('\n', tail_.size() - tail_limit) + 1);
  on_line_(line);
}

void GuestProcess::ask_to_stop() const { (void)!::write(guest_.input.get(), "stop\n", 5); }

void GuestProcess::kill(GuestOutcome why) {
  if (!killed_for_) killed_for_ = why;
  end_processes();
}

Instant GuestProcess::give_up_at() const {
  return std::min(started_ + options_.wall_limit, last_output_ + options_.hang_limit);
}

void GuestProcess::give_up() {
  kill(now() >= started_ + options_.wall_limit ? GuestOutcome::timed_out : GuestOutcome::hung);
}

// The kernel's threads and the guest's processes are processes of the host, all in the session's one process group. The
// kernel itself is left uncollected until now, so that its number cannot have been given to another group.
void GuestProcess::end_processes() const { ::kill(-guest_.pid, SIGKILL); }

GuestResult GuestProcess::finish() {
  end_processes();
  int status = 0;
  check(::waitpid(guest_.pid, &status, 0), "collect the guest's kernel");
  guest_.pid = -1;
  const Instant ended = now();
  pollfd more{guest_.console.get(), POLLIN, 0};
  while (::poll(&more, 1, 0) == 1 && (more.revents & POLLIN) != 0) read_console();
  take_line(std::exchange(partial_line_, {}));

  GuestResult result;
  result.wall = ended - started_;
  result.kernel_end = WIFSIGNALED(status)
                          ? fmt::format("signal {} ({})", WTERMSIG(status), ::strsignal(WTERMSIG(status)))
                          : fmt::format("exit status {}", WEXITSTATUS(status));
  result.console_tail = tail_;
  if (killed_for_) {
    result.outcome = *killed_for_;
  } else if (status_) {
    result.outcome = GuestOutcome::finished;
    result.exit_code = *status_;
  }
  return result;
}

}  // namespace segue::guest
