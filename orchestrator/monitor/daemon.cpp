#include "orchestrator/monitor/daemon.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/process.hpp>
#include <boost/process/extend.hpp>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <iterator>

#include "nodes/base/clock.hpp"
#include "nodes/base/error.hpp"
#include "nodes/base/fd.hpp"
#include "orchestrator/monitor/http.hpp"

namespace segue::monitor {

namespace bp = boost::process;
namespace fs = std::filesystem;

namespace {

// Whether the process has ended within `limit_ms`.
bool ends_within(int pid, int limit_ms) {
  const Fd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  pollfd waiting{process.get(), POLLIN, 0};
  int ready = 0;
  do {
    ready = ::poll(&waiting, 1, limit_ms);
  } while (ready < 0 && errno == EINTR);
  return ready > 0;
}

std::string end_of(const fs::path& log) {
  std::ifstream file(log, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  constexpr std::size_t enough = 2000;
  return text.size() > enough ? text.substr(text.size() - enough) : text;
}

}  // namespace

Daemon::Daemon(const DaemonSpec& spec) {
  bp::environment environment = boost::this_process::environment();
  for (const auto& [key, value] : spec.environment) environment[key] = value;
  const pid_t parent = ::getpid();
  const int inherit = spec.inherit;
  std::error_code error;
  bp::child child(
      bp::exe = spec.program, bp::args = spec.arguments, environment,
      bp::std_in<bp::null, (bp::std_out & bp::std_err)> spec.log.string(), error,
      bp::extend::on_exec_setup = [=](auto&) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != parent) ::_exit(127);
        sigset_t none;
        sigemptyset(&none);
        ::sigprocmask(SIG_SETMASK, &none, nullptr);  // the parent reads its signals from a descriptor
        ::setpgid(0, 0);                             // the terminal's Ctrl-C is the parent's to handle
        if (inherit >= 0) ::fcntl(inherit, F_SETFD, 0);
      });
  if (error) throw Error(fmt::format("start {}: {}", spec.program, error.message()));
  pid_ = child.id();
  child.detach();
}

Daemon::~Daemon() {
  if (!running()) return;
  ::kill(pid_, SIGTERM);
  constexpr int patience_ms = 5000;
  if (!ends_within(pid_, patience_ms)) ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

bool Daemon::running() {
  if (pid_ > 0 && ::waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = -1;
  return pid_ > 0;
}

std::string require_program(const std::string& name, const std::string& package) {
  const auto path = bp::search_path(name);
  if (!path.empty()) return path.string();
  throw MachineError(fmt::format("{} is not on PATH: apt-get install {}", name, package));
}

unsigned free_port() {
  const Fd socket(check(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "open a socket"));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  check(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind to a free port");
  socklen_t size = sizeof address;
  check(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size), "read the port that was bound");
  return ntohs(address.sin_port);
}

void await_ready(Daemon& daemon, const std::string& url, const fs::path& log) {
  constexpr Delay patience = std::chrono::seconds(30);
  const Instant deadline = now() + patience;
  while (now() < deadline && daemon.running()) {
    if (http_get(url).status == 200) return;
    ends_within(daemon.pid(), 50);  // it says nothing when it is ready: ask again
  }
  throw Error(fmt::format("{} does not answer; the end of what it said:\n{}", url, end_of(log)));
}

}  // namespace segue::monitor
