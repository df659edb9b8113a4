#include "tests/system/program.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <map>

#include "nodes/base/error.hpp"

namespace segue::test {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void become(const Command& command, const Surroundings& surroundings, int out, int err) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (::dup2(null, 0) < 0 || ::dup2(out, 1) < 0 || ::dup2(err, 2) < 0) ::_exit(126);
  if (!surroundings.directory.empty() && ::chdir(surroundings.directory.c_str()) != 0) ::_exit(126);
  if (usual().in_child) usual().in_child();
  if (surroundings.in_child) surroundings.in_child();
  std::vector<char*> arguments;
  for (const auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  ::execvp(arguments[0], arguments.data());
  ::_exit(127);
}

int poll_limit(Instant deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - now());
  return static_cast<int>(std::max<std::int64_t>(left.count(), 0));
}

// The parent and the state of a process, from /proc/PID/stat: "pid (name) state ppid …".
struct Standing {
  pid_t parent = 0;
  char state = 'Z';
};

Standing standing_of(const fs::path& folder) {
  std::ifstream file(folder / "stat");
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const auto after_name = text.rfind(')');
  if (after_name == std::string::npos || text.size() < after_name + 5) return {};
  Standing standing;
  standing.state = text[after_name + 2];
  std::from_chars(text.data() + after_name + 4, text.data() + text.size(), standing.parent);
  return standing;
}

}  // namespace

Usual& usual() {
  static Usual the_usual;
  return the_usual;
}

Process::Process(const Command& command, const Surroundings& surroundings) : command_(command) {
  std::array<int, 2> out{};
  std::array<int, 2> err{};
  check(::pipe2(out.data(), O_CLOEXEC), "create a pipe");
  streams_[0].reset(out[0]);
  const Fd out_end(out[1]);
  check(::pipe2(err.data(), O_CLOEXEC), "create a pipe");
  streams_[1].reset(err[0]);
  const Fd err_end(err[1]);
  pid_ = check(::fork(), "start " + command.front());
  if (pid_ == 0) become(command_, surroundings, out_end.get(), err_end.get());
  process_.reset(static_cast<int>(check(::syscall(SYS_pidfd_open, pid_, 0U), "watch " + command.front())));
  for (const Fd& stream : streams_) ::fcntl(stream.get(), F_SETFL, O_NONBLOCK);
}

Process::~Process() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void Process::send(int signal) const {
  check(::syscall(SYS_pidfd_send_signal, process_.get(), signal, nullptr, 0U), "signal " + command_.front());
}

bool Process::ended() {
  pollfd entry{process_.get(), POLLIN, 0};
  return ::poll(&entry, 1, 0) > 0;
}

void Process::drain() {
  std::array<char, 65536> buffer;
  for (std::size_t i = 0; i < 2; ++i) {
    while (streams_[i]) {
      const auto length = ::read(streams_[i].get(), buffer.data(), buffer.size());
      if (length > 0) {
        said_[i].append(buffer.data(), static_cast<std::size_t>(length));
      } else if (length == 0) {
        streams_[i].reset();
      } else if (errno != EINTR) {
        break;
      }
    }
  }
}

bool Process::pump(Instant deadline) {
  std::array<pollfd, 3> entries{pollfd{process_.get(), POLLIN, 0}, pollfd{streams_[0].get(), POLLIN, 0},
                                pollfd{streams_[1].get(), POLLIN, 0}};
  const int ready = ::poll(entries.data(), entries.size(), poll_limit(deadline));
  if (ready < 0 && errno != EINTR) throw_errno("wait for " + command_.front());
  drain();
  return ready != 0;
}

std::string Process::await_line(Stream stream, std::string_view text, Delay limit) {
  const Instant deadline = now() + limit;
  std::string& said = said_[stream == Stream::out ? 0 : 1];
  for (bool over = false;;) {
    const auto at = said.find(text);
    const auto end = at == std::string::npos ? at : said.find('\n', at);
    if (end != std::string::npos) {
      const auto begin = said.rfind('\n', at);
      return said.substr(begin == std::string::npos ? 0 : begin + 1,
                         end - (begin == std::string::npos ? 0 : begin + 1));
    }
    if (over)
      throw Error(fmt::format("{} never said \"{}\" but: {}{}", fmt::join(command_, " "), text, said_[0], said_[1]));
    over = !pump(deadline) || ended();
    if (over) drain();
  }
}

bool Process::ends_within(Delay limit) {
  const Instant deadline = now() + limit;
  while (!ended()) {
    if (!pump(deadline)) return false;
  }
  return true;
}

Outcome Process::wait(Delay limit) {
  if (!ends_within(limit)) {
    throw Error(fmt::format("{} did not end; it said: {}{}", fmt::join(command_, " "), said_[0], said_[1]));
  }
  int status = 0;
  check(::waitpid(pid_, &status, 0), "wait for " + command_.front());
  pid_ = -1;
  drain();
  const int code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return {code, std::move(said_[0]), std::move(said_[1])};
}

Outcome run(const Command& command, const Surroundings& surroundings, Delay limit) {
  return Process(command, surroundings).wait(limit);
}

Command segue_with(const Command& words) {
  Command command{usual().program};
  command.insert(command.end(), words.begin(), words.end());
  return command;
}

fs::path lab_folder(const std::string& name) { return usual().labs / name; }

std::vector<pid_t> descendants(pid_t ancestor) {
  std::multimap<pid_t, pid_t> children;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/proc", error)) {
    const std::string name = entry.path().filename();
    pid_t pid = 0;
    if (std::from_chars(name.data(), name.data() + name.size(), pid).ec != std::errc()) continue;
    const Standing standing = standing_of(entry.path());
    if (standing.state != 'Z' && standing.state != 'X') children.emplace(standing.parent, pid);
  }
  std::vector<pid_t> found{ancestor};
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto [begin, end] = children.equal_range(found[i]);
    for (auto child = begin; child != end; ++child) found.push_back(child->second);
  }
  found.erase(found.begin());
  return found;
}

std::string command_line(pid_t process) {
  std::ifstream file(fmt::format("/proc/{}/cmdline", process));
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  std::replace(text.begin(), text.end(), '\0', ' ');
  return text;
}

bool eventually(const std::function<bool()>& condition, Delay limit) {
  constexpr int look_again_ms = 5;
  const Instant deadline = now() + limit;
  while (!condition()) {
    if (now() >= deadline) return false;
    ::poll(nullptr, 0, look_again_ms);
  }
  return true;
}

void reap() {
  while (::waitpid(-1, nullptr, WNOHANG) > 0) {
  }
}

}  // namespace segue::test
