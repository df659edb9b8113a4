#include "orchestrator/lab/inhabitants.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <set>
#include <string>

#include "nodes/base/clock.hpp"
#include "nodes/base/fd.hpp"

namespace segue::lab {

namespace {

constexpr Delay grace = std::chrono::milliseconds(200);

std::set<ino_t> inodes_of(const std::vector<int>& namespaces) {
  std::set<ino_t> inodes;
  struct stat about {};
  for (const int space : namespaces)
    if (::fstat(space, &about) == 0) inodes.insert(about.st_ino);
  return inodes;
}

bool is_in(pid_t process, const std::set<ino_t>& inodes) {
  struct stat about {};
  return ::stat(fmt::format("/proc/{}/ns/net", process).c_str(), &about) == 0 && inodes.contains(about.st_ino);
}

std::vector<Fd> processes_in(const std::set<ino_t>& inodes) {
  std::vector<Fd> found;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", ignored)) {
    const std::string name = entry.path().filename();
    pid_t pid = 0;
    if (std::from_chars(name.data(), name.data() + name.size(), pid).ec != std::errc() || pid == ::getpid()) continue;
    if (!is_in(pid, inodes)) continue;
    Fd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0U)));
    if (process && is_in(pid, inodes)) found.push_back(std::move(process));  // it may have been another's number
  }
  return found;
}

void signal(const Fd& process, int number) { ::syscall(SYS_pidfd_send_signal, process.get(), number, nullptr, 0U); }

bool ends_before(const Fd& process, Instant until) {
  pollfd waiting{process.get(), POLLIN, 0};
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - now()).count();
  return ::poll(&waiting, 1, static_cast<int>(std::max<std::int64_t>(left, 0))) > 0;
}

}  // namespace

void end_inhabitants(const std::vector<int>& namespaces) {
  const auto processes = processes_in(inodes_of(namespaces));
  for (const auto& process : processes) signal(process, SIGHUP);
  const Instant until = now() + grace;
  for (const auto& process : processes)
    if (!ends_before(process, until)) signal(process, SIGKILL);
}

}  // namespace segue::lab
