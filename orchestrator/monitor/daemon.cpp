#include "orchestrator/monitor/daemon.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <csignal>
#include <fstream>
#include <iterator>

#include "nodes/base/clock.hpp"
#include "nodes/base/error.hpp"
#include "nodes/base/fd.hpp"
#include "orchestrator/monitor/http.hpp"

namespace segue::monitor {

namespace fs = std::filesystem;

namespace {

process::Program program_of(const DaemonSpec& spec, int log) {
  process::Program program{.path = spec.program,
                           .arguments = spec.arguments,
                           .environment = process::environment_with(spec.environment),
                           .output = log,
                           .errors = log,
                           .group = process::Group::own};  // the terminal's Ctrl-C is the parent's to handle
  if (spec.inherit >= 0) program.inherit = {spec.inherit};
  return program;
}

Fd open_log(const fs::path& path) {
  return Fd(check(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0660), "open " + path.string()));
}

std::string end_of(const fs::path& log) {
  std::ifstream file(log, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  constexpr std::size_t enough = 2000;
  return text.size() > enough ? text.substr(text.size() - enough) : text;
}

}  // namespace

Daemon::Daemon(const DaemonSpec& spec) : child_(program_of(spec, open_log(spec.log).get())) {}

Daemon::~Daemon() {
  if (!running()) return;
  child_.signal(SIGTERM);
  constexpr Delay patience = std::chrono::seconds(5);
  ends_by(now() + patience);
}

bool Daemon::running() { return child_.pid() > 0 && !child_.ended(); }

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
  constexpr Delay look = std::chrono::milliseconds(50);
  const Instant deadline = now() + patience;
  while (now() < deadline && daemon.running()) {
    if (http_get(url).status == 200) return;
    daemon.ends_by(now() + look);  // it says nothing when it is ready: ask again
  }
  throw Error(fmt::format("{} does not answer; the end of what it said:\n{}", url, end_of(log)));
}

}  // namespace segue::monitor
