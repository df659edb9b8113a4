#include "nodes/process/child.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/close_range.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/process.hpp>
#include <boost/process/extend.hpp>
#include <cerrno>

#include "nodes/base/error.hpp"

namespace segue::process {

namespace {

namespace bp = boost::process;

enum class Step { run, join_group, die_with_parent, take_streams, keep_descriptors, enter_folder, unblock, confine };

// From the child Boost carries one number: the error, with the step that met it above.
constexpr int step_shift = 16;

std::string reason_of(const std::error_code& error) {
  static constexpr std::array<const char*, 8> words = {"",
                                                       "leave the process group: ",
                                                       "die with its parent: ",
                                                       "take its streams: ",
                                                       "keep its descriptors: ",
                                                       "enter its folder: ",
                                                       "unblock its signals: ",
                                                       "fix its addresses and filter its system calls: "};
  const auto step = static_cast<std::size_t>(error.value() >> step_shift);
  return words[step] + std::generic_category().message(error.value() & ((1 << step_shift) - 1));
}

// What happens in the child between fork and exec, where nothing may allocate. Boost goes on to exec after a handler
// that failed, and a child that is not what was asked for must not run.
class ChildSide {
 public:
  explicit ChildSide(const Program& program) : program_(program) {}

  template <typename Executor>
  void operator()(Executor& executor) const {
    const Step failed = prepare();
    if (failed == Step::run) return;
    executor.set_error(std::error_code(errno | static_cast<int>(failed) << step_shift, std::system_category()), "");
    ::_exit(127);
  }

 private:
  // The step that could not be done, with errno.
  Step prepare() const {
    if (!join_group()) return Step::join_group;
    if (!die_with_parent()) return Step::die_with_parent;
    if (!take_streams()) return Step::take_streams;
    if (!keep_descriptors()) return Step::keep_descriptors;
    if (!enter_folder()) return Step::enter_folder;
    if (!unblock()) return Step::unblock;
    if (!confine()) return Step::confine;
    return Step::run;
  }

  bool join_group() const {
    if (program_.group == Group::own) return ::setpgid(0, 0) == 0;
    return program_.group != Group::session || ::setsid() >= 0;
  }

  // The parent may have died before the kernel was told. One that is in an outer PID namespace has the number 0.
  bool die_with_parent() const {
    if (program_.death_signal == 0) return true;
    if (::prctl(PR_SET_PDEATHSIG, program_.death_signal) != 0) return false;
    const pid_t present = ::getppid();
    if (present != 0 && present != parent_) ::_exit(127);
    return true;
  }

  bool take_streams() const {
    const bool led = lead(program_.input, STDIN_FILENO) && lead(program_.output, STDOUT_FILENO);
    return led && lead(program_.errors == as_output ? STDOUT_FILENO : program_.errors, STDERR_FILENO);
  }

  bool lead(int from, int stream) const {
    if (from == ours) return true;
    return ::dup2(from == nothing ? null_.get() : from, stream) >= 0;
  }

  // Close-on-exec first for all, so that Boost can still tell of an exec that failed.
  bool keep_descriptors() const {
    if (::syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC) != 0) return false;
    for (const int fd : program_.inherit) {
      if (::fcntl(fd, F_SETFD, 0) != 0) return false;
    }
    return true;
  }

  bool enter_folder() const { return program_.folder.empty() || ::chdir(program_.folder.c_str()) == 0; }

  static bool unblock() {
    sigset_t none;
    ::sigemptyset(&none);
    return ::sigprocmask(SIG_SETMASK, &none, nullptr) == 0;
  }

  // A filter brings mitigations against speculation along unless told not to; on some processors they make every switch
  // dear.
  bool confine() const {
    if (program_.fixed_addresses && ::personality(ADDR_NO_RANDOMIZE) < 0) return false;
    if (program_.filter.empty()) return true;
    const sock_fprog filter{static_cast<unsigned short>(program_.filter.size()),
                            const_cast<sock_filter*>(program_.filter.data())};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &filter) == 0;
  }

  const Program& program_;
  pid_t parent_ = ::getpid();
  Fd null_ = Fd(check(::open("/dev/null", O_RDWR | O_CLOEXEC), "open /dev/null"));
};

bp::environment environment_of(const Program& program) {
  if (!program.environment) return boost::this_process::environment();
  bp::environment environment;
  for (const auto& [name, value] : *program.environment) environment[name] = value;
  return environment;
}

Fd watch_process(int pid) {
  return Fd(static_cast<int>(check(::syscall(SYS_pidfd_open, pid, 0U), "watch a child process")));
}

Status status_of(int status) {
  if (WIFEXITED(status)) return {.code = WEXITSTATUS(status)};
  return {.signal = WTERMSIG(status)};
}

}  // namespace

Environment environment_with(const Environment& more) {
  Environment result;
  for (const auto& entry : boost::this_process::environment()) result.emplace_back(entry.get_name(), entry.to_string());
  result.insert(result.end(), more.begin(), more.end());
  return result;
}

std::string find_program(const std::string& name) { return bp::search_path(name).string(); }

std::string require_program(const std::string& name, const std::string& package) {
  auto path = find_program(name);
  if (path.empty()) throw MachineError(fmt::format("{} is not on PATH: apt-get install {}", name, package));
  return path;
}

std::string to_text(const Status& status) {
  if (status.signal != 0) return fmt::format("ended by signal {}", status.signal);
  return fmt::format("exit status {}", status.code);
}

bool ends_by(int pid, Instant until) {
  const Fd process = watch_process(pid);
  pollfd waiting{process.get(), POLLIN, 0};
  int ready = -1;
  do {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - now()).count();
    ready = ::poll(&waiting, 1, static_cast<int>(std::max<std::int64_t>(left, 0)));
  } while (ready < 0 && errno == EINTR);
  return ready > 0;
}

Child::Child(const Program& program) {
  const ChildSide side(program);
  std::error_code error;
  bp::child child(
      bp::exe = program.path, bp::args = program.arguments, environment_of(program), error,
      bp::extend::on_exec_setup = [&side](auto& executor) { side(executor); },
      // Boost asks once whether a child that could not run has ended, and forgets it if it has not yet.
      bp::extend::on_error =
          [](auto& executor, const std::error_code&) {
            if (executor.pid > 0) ::waitpid(executor.pid, nullptr, 0);
          });
  if (error) throw MachineError(fmt::format("start {}: {}", program.path, reason_of(error)));
  pid_ = child.id();
  child.detach();
}

Child::~Child() {
  if (pid_ < 0) return;
  signal(SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void Child::signal(int number) const noexcept {
  if (pid_ > 0) ::kill(pid_, number);
}

Fd Child::watch() const { return watch_process(pid_); }

Status Child::wait() {
  int status = 0;
  pid_t ended = 0;
  do {
    ended = ::waitpid(pid_, &status, 0);
  } while (ended < 0 && errno == EINTR);
  check(ended, "wait for a child process");
  release();
  return status_of(status);
}

std::optional<Status> Child::ended() {
  int status = 0;
  if (check(::waitpid(pid_, &status, WNOHANG), "ask for a child process") == 0) return std::nullopt;
  release();
  return status_of(status);
}

}  // namespace segue::process
