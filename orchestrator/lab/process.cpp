#include "orchestrator/lab/process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/process.hpp>
#include <boost/process/extend.hpp>
#include <utility>

#include "nodes/base/error.hpp"

namespace segue::lab {

namespace {

namespace bp = boost::process;
namespace fs = std::filesystem;

bool ends_before(Instant until, pid_t child) {
  const Fd process(static_cast<int>(check(::syscall(SYS_pidfd_open, child, 0U), "watch a child")));
  pollfd waiting{process.get(), POLLIN, 0};
  int ready = 0;
  do {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - now()).count();
    ready = ::poll(&waiting, 1, static_cast<int>(std::max<std::int64_t>(left, 0)));
  } while (ready < 0 && errno == EINTR);
  return ready > 0;
}

}  // namespace

fs::path helper_program(const std::string& name) {
  const fs::path here = fs::read_symlink("/proc/self/exe").parent_path();
  for (const fs::path& candidate : {here / name, here.parent_path() / "lib" / "segue" / name}) {
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  throw MachineError(fmt::format("find {}: it is neither in {} nor in {}; build or install Segue as a whole", name,
                                 here.string(), (here.parent_path() / "lib" / "segue").string()));
}

ServingChild::ServingChild(const fs::path& program, std::vector<std::string> arguments, int namespace_fd)
    : channel_(Fd()) {
  auto [ours, theirs] = protocol::Channel::pair();
  const int inherited = theirs.fd();
  const pid_t parent = ::getpid();
  arguments.insert(arguments.end(), {"--control", std::to_string(inherited)});
  std::error_code error;
  bp::child child(
      bp::exe = program.string(), bp::args = arguments, bp::std_in < bp::null, error,
      bp::extend::on_exec_setup = [=](auto&) {
        // On failure Boost.Process would go on to execve; a child in the wrong namespace must not run.
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != parent) ::_exit(127);
        if (namespace_fd >= 0 && ::setns(namespace_fd, CLONE_NEWNET) != 0) ::_exit(127);
        ::fcntl(inherited, F_SETFD, 0);
        ::setpgid(0, 0);  // the terminal's Ctrl-C is the orchestrator's to handle
      });
  if (error) throw Error(fmt::format("start {}: {}", program.string(), error.message()));
  pid_ = child.id();
  child.detach();
  channel_ = std::move(ours);
}

ServingChild::ServingChild(ServingChild&& other) noexcept
    : channel_(std::move(other.channel_)), pid_(std::exchange(other.pid_, -1)) {}

ServingChild::~ServingChild() {
  hang_up();
  wait(now() + std::chrono::seconds(10));
}

void ServingChild::wait(Instant until) {
  if (pid_ < 0) return;
  if (!ends_before(until, pid_)) ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
}

}  // namespace segue::lab
