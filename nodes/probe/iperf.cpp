#include "nodes/probe/iperf.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "nodes/base/error.hpp"
#include "nodes/base/fd.hpp"
#include "nodes/base/pipe.hpp"
#include "nodes/process/child.hpp"
#include "nodes/process/run.hpp"

namespace segue::probe {

namespace {

constexpr auto missing = "iperf (version 2) is not installed: apt-get install iperf";

process::Program iperf(const std::string& program, const std::vector<std::string>& arguments) {
  return {.path = program, .arguments = arguments, .errors = process::as_output};
}

}  // namespace

std::string require_iperf() {
  const auto path = process::find_program("iperf");
  if (path.empty()) throw MachineError(missing);
  const auto major = iperf_major(process::run(iperf(path, {"-v"})).output);
  if (!major) throw MachineError(path + " is not iperf, or does not run. " + missing);
  if (*major != 2) throw MachineError(path + " is version " + std::to_string(*major) + ". " + missing);
  return path;
}

class IperfChild {
 public:
  IperfChild(Loop& loop, const std::vector<std::string>& arguments, std::function<void(bool)> on_change)
      : loop_(loop), on_change_(std::move(on_change)) {
    process::Program program = iperf(require_iperf(), arguments);
    Pipe pipe = make_pipe();
    check(::fcntl(pipe.read.get(), F_SETFL, O_NONBLOCK), "make the pipe to iperf non-blocking");
    program.output = pipe.write.get();
    pid_ = child_.emplace(program).pid();
    output_ = std::move(pipe.read);
    loop_.on_readable(output_.get(), [this] { read(); });
  }
  ~IperfChild() { stop(); }
  IperfChild(const IperfChild&) = delete;
  IperfChild& operator=(const IperfChild&) = delete;

  void stop() {
    if (!child_) return;
    loop_.remove(output_.get());
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
    const process::Status status = child_->wait();
    child_.reset();
    output_.reset();
    listening = false;
    if (failure.empty() && !status.success()) failure = "iperf: " + to_text(status);
  }

  static constexpr std::size_t longest_line = 64 * 1024;

  Loop& loop_;
  std::function<void(bool)> on_change_;
  std::optional<process::Child> child_;
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
