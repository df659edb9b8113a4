#include "nodes/probe/iperf.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/process.hpp>
#include <boost/process/extend.hpp>
#include <cerrno>
#include <optional>
#include <utility>

#include "nodes/base/error.hpp"
#include "nodes/base/fd.hpp"

namespace bp = boost::process;

namespace segue::probe {

namespace {

constexpr auto missing = "iperf (version 2) is not installed: apt-get install iperf";

// Runs in the child, between fork and exec. Boost goes on to exec after a failed handler, hence _exit.
struct DieWithParent {
  pid_t parent;
  template <typename Executor>
  void operator()(Executor& /*unused*/) const {
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) ::_exit(127);
    // A parent that is in an outer PID namespace has the number 0, and one that has ended is replaced.
    if (const pid_t present = ::getppid(); present != 0 && present != parent) ::_exit(127);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);  // what this process reads from a signalfd is no business of iperf's
  }
};

struct Pipe {
  Fd read;
  Fd write;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  check(::pipe2(ends.data(), O_CLOEXEC), "make a pipe to iperf");
  return {Fd(ends[0]), Fd(ends[1])};
}

bp::child spawn(const std::string& program, const std::vector<std::string>& arguments, int output) {
  std::error_code error;
  bp::child child(bp::exe = program, bp::args = arguments, bp::std_in < bp::null,
                  bp::posix::fd.bind(STDOUT_FILENO, output), bp::posix::fd.bind(STDERR_FILENO, output),
                  bp::extend::on_exec_setup = DieWithParent{::getpid()}, error);
  if (error) throw Error("start " + program + ": " + error.message());
  return child;
}

void kill_and_reap(bp::child& child) {
  std::error_code ignored;
  child.terminate(ignored);  // SIGKILL, and waits
}

}  // namespace

std::string require_iperf() {
  const auto path = bp::search_path("iperf");
  if (path.empty()) throw MachineError(missing);
  Pipe pipe = make_pipe();
  bp::child child = spawn(path.string(), {"-v"}, pipe.write.get());
  pipe.write.reset();
  std::string output;
  std::array<char, 512> buffer;
  ssize_t size = 0;
  while ((size = ::read(pipe.read.get(), buffer.data(), buffer.size())) > 0 || (size < 0 && errno == EINTR)) {
    if (size > 0 && output.size() < 4096) output.append(buffer.data(), static_cast<std::size_t>(size));
  }
  kill_and_reap(child);
  const auto major = iperf_major(output);
  if (!major) throw MachineError(path.string() + " is not iperf, or does not run. " + missing);
  if (*major != 2) throw MachineError(path.string() + " is version " + std::to_string(*major) + ". " + missing);
  return path.string();
}

class IperfChild {
 public:
  IperfChild(Loop& loop, const std::vector<std::string>& arguments, std::function<void(bool)> on_change)
      : loop_(loop), on_change_(std::move(on_change)) {
    const std::string program = require_iperf();
    Pipe pipe = make_pipe();
    check(::fcntl(pipe.read.get(), F_SETFL, O_NONBLOCK), "make the pipe to iperf non-blocking");
    child_ = spawn(program, arguments, pipe.write.get());
    pid_ = child_->id();
    output_ = std::move(pipe.read);
    loop_.on_readable(output_.get(), [this] { read(); });
  }
  ~IperfChild() { stop(); }
  IperfChild(const IperfChild&) = delete;
  IperfChild& operator=(const IperfChild&) = delete;

  void stop() {
    if (!child_) return;
    loop_.remove(output_.get());
    kill_and_reap(*child_);
    child_.reset();
    output_.reset();
  }

  IperfOutput parser;
  bool listening = false;
  std::int64_t started_ns = 0;
  std::string failure;
  bool running() const noexcept { return child_.has_value(); }
  int pid() const noexcept { return pid_; }

 private:
  void read() {
    std::array<char, 4096> buffer;
    const bool was_listening = listening;
    ssize_t size = 0;
    while ((size = ::read(output_.get(), buffer.data(), buffer.size())) > 0) {
      pending_.append(buffer.data(), static_cast<std::size_t>(size));
      take_lines();
    }
    const bool ended = size == 0;
    if (ended) end();
    // A copy, and nothing of this object after it: the handler may destroy the end it belongs to.
    if (ended || listening != was_listening) {
      const auto notify = on_change_;
      notify(ended);
    }
  }

  void take_lines() {
    const std::int64_t arrival = to_ns(now());
    std::size_t begin = 0;
    for (auto end = pending_.find('\n'); end != std::string::npos; end = pending_.find('\n', begin)) {
      take_line(std::string_view(pending_).substr(begin, end - begin), arrival);
      begin = end + 1;
    }
    pending_.erase(0, begin);
    if (pending_.size() > longest_line) pending_.clear();
  }

  void take_line(std::string_view line, std::int64_t arrival) {
    std::int64_t says_ns = 0;
    switch (parser.line(line)) {
      case IperfOutput::Event::listening:
        listening = true;
        return;
      case IperfOutput::Event::bin:
        says_ns = parser.end_ns();
        break;
      case IperfOutput::Event::connected:
        break;
      default:
        failure = parser.failure();
        return;
    }
    started_ns = started_ns == 0 ? arrival - says_ns : std::min(started_ns, arrival - says_ns);
  }

  // It has closed its output, so it ends, or has ended.
  void end() {
    loop_.remove(output_.get());
    std::error_code error;
    child_->wait(error);
    const int code = child_->exit_code();
    child_.reset();
    output_.reset();
    listening = false;
    if (failure.empty() && code != 0) failure = "iperf ended with exit code " + std::to_string(code);
  }

  static constexpr std::size_t longest_line = 64 * 1024;

  Loop& loop_;
  std::function<void(bool)> on_change_;
  std::optional<bp::child> child_;
  int pid_ = -1;
  Fd output_;
  std::string pending_;
};

IperfEnd::IperfEnd(Loop& loop, const std::vector<std::string>& arguments, std::function<void(bool)> on_change)
    : child_(std::make_unique<IperfChild>(loop, arguments, std::move(on_change))) {}
IperfEnd::~IperfEnd() = default;

const std::vector<IperfBin>& IperfEnd::bins() const noexcept { return child_->parser.bins(); }
std::vector<IperfBin> IperfEnd::take_bins() { return child_->parser.take_bins(); }
std::int64_t IperfEnd::started_ns() const noexcept { return child_->started_ns; }
const std::string& IperfEnd::failure() const noexcept { return child_->failure; }
bool IperfEnd::running() const noexcept { return child_->running(); }
int IperfEnd::pid() const noexcept { return child_->pid(); }
bool IperfEnd::listening() const noexcept { return child_->listening; }
void IperfEnd::stop() { child_->stop(); }

IperfServer::IperfServer(Loop& loop, const IperfOptions& options, std::function<void()> on_ready)
    : IperfEnd(loop, server_arguments(options),
               [on_ready = std::move(on_ready), called = std::make_shared<bool>(false)](bool) {
                 if (!std::exchange(*called, true)) on_ready();
               }) {}

IperfClient::IperfClient(Loop& loop, const IperfOptions& options, std::function<void()> on_end)
    : IperfEnd(loop, client_arguments(options), [on_end = std::move(on_end)](bool ended) {
        if (ended) on_end();
      }) {}

}  // namespace segue::probe
