#include "tests/system/host.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <sstream>

#include "nodes/base/error.hpp"
#include "nodes/base/fd.hpp"
#include "tests/system/program.hpp"

namespace segue::test {

namespace {

namespace fs = std::filesystem;

// As far as it can be read: some sysctls answer with an error, which is as much a state as a value.
std::string text_of(const fs::path& file) {
  const Fd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  std::array<char, 4096> buffer;
  ssize_t length = 0;
  while ((length = ::read(fd.get(), buffer.data(), buffer.size())) > 0) {
    text.append(buffer.data(), static_cast<std::size_t>(length));
  }
  return length == 0 ? text : text + std::strerror(errno);
}

std::string sysctls() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator("/proc/sys/net")) {
    std::error_code error;
    const auto mode = entry.status(error).permissions();
    if (entry.is_regular_file(error) && (mode & fs::perms::owner_read) != fs::perms::none)
      files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::string text;
  for (const auto& file : files) text += file.string() + " = " + text_of(file) + '\n';
  return text;
}

// The namespaces a process is in or holds, of the kinds that a lab makes and that bear a number of their own.
void add_namespaces(pid_t process, std::set<ino_t>& found) {
  const fs::path folder = fmt::format("/proc/{}", process);
  const auto add = [&found](const fs::path& link) {
    std::error_code error;
    const std::string target = fs::read_symlink(link, error);
    ino_t inode = 0;
    const auto number = target.find(":[") + 2;
    const std::string kind = target.substr(0, number - std::min<std::size_t>(number, 2));
    if (kind != "net" && kind != "mnt" && kind != "user") return;
    std::from_chars(target.data() + number, target.data() + target.size(), inode);
    found.insert(inode);
  };
  std::error_code error;
  for (const char* kind : {"net", "mnt", "user"}) add(folder / "ns" / kind);
  for (const auto& entry : fs::directory_iterator(folder / "fd", error)) add(entry.path());
}

std::vector<pid_t> all_processes() {
  auto processes = descendants(1);
  processes.push_back(1);
  for (const auto& entry : fs::directory_iterator("/proc")) {  // those of other ancestors than init, if there are any
    const std::string name = entry.path().filename();
    pid_t pid = 0;
    if (std::from_chars(name.data(), name.data() + name.size(), pid).ec == std::errc()) processes.push_back(pid);
  }
  return processes;
}

bool is_under(const fs::path& path, const fs::path& folder) {
  return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first == folder.end();
}

}  // namespace

HostState host_state() {
  HostState state;
  const auto ask = [&state](const Command& command) {
    const Outcome outcome = run(command);
    if (outcome.exit_code != 0) throw Error(fmt::format("{}: {}", fmt::join(command, " "), outcome.err));
    state[fmt::format("{}", fmt::join(command, " "))] = outcome.out;
  };
  ask({"ip", "-d", "-j", "link"});
  for (const char* family : {"-4", "-6"}) {
    ask({"ip", "-d", "-j", family, "address"});
    ask({"ip", "-d", "-j", family, "route", "show", "table", "all"});
    ask({"ip", "-d", "-j", family, "rule"});
  }
  state["sysctls"] = sysctls();
  state["mounts"] = text_of("/proc/self/mountinfo");
  return state;
}

std::string difference(const HostState& before, const HostState& after) {
  std::string text;
  for (const auto& [what, was] : before) {
    const auto found = after.find(what);
    const std::string is = found == after.end() ? std::string() : found->second;
    if (is == was) continue;
    std::istringstream old_lines(was);
    std::istringstream new_lines(is);
    std::set<std::string> old_set;
    for (std::string line; std::getline(old_lines, line);) old_set.insert(line);
    text += what + " changed:";
    for (std::string line; std::getline(new_lines, line);) {
      if (!old_set.erase(line)) text += "\n  + " + line;
    }
    for (const auto& line : old_set) text += "\n  - " + line;
    text += '\n';
  }
  return text;
}

std::set<ino_t> namespaces_of(const std::vector<pid_t>& processes) {
  std::set<ino_t> found;
  for (const pid_t process : processes) add_namespaces(process, found);
  return found;
}

std::set<ino_t> held(const std::set<ino_t>& namespaces) {
  const auto present = namespaces_of(all_processes());
  const std::string mounts = text_of("/proc/self/mountinfo");
  std::set<ino_t> result;
  for (const ino_t inode : namespaces) {
    const bool mounted = mounts.find(fmt::format("net:[{}]", inode)) != std::string::npos;
    if (mounted || present.contains(inode)) result.insert(inode);
  }
  return result;
}

EmptyPlaces::EmptyPlaces() : kept_{fs::path(SEGUE_PROGRAM).parent_path(), fs::path(SEGUE_SOURCE_DIR) / "topologies"} {
  check(::unshare(CLONE_NEWNS), "create a mount namespace");
  check(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "make mounts private");
  std::vector<Fd> keep;
  for (const auto& folder : kept_)
    keep.emplace_back(check(::open(folder.c_str(), O_PATH | O_CLOEXEC), "open " + folder.string()));
  for (const char* place : {"/tmp", "/run", "/var/tmp", "/dev/shm"}) {
    if (!fs::is_directory(place)) continue;
    check(::mount("none", place, "tmpfs", 0, "mode=1777"), std::string("empty ") + place);
    places_.emplace_back(place);
  }
  for (std::size_t i = 0; i < kept_.size(); ++i) {
    if (fs::exists(kept_[i])) continue;
    fs::create_directories(kept_[i]);
    check(::mount(fmt::format("/proc/self/fd/{}", keep[i].get()).c_str(), kept_[i].c_str(), nullptr, MS_BIND, nullptr),
          "keep " + kept_[i].string());
  }
}

EmptyPlaces::~EmptyPlaces() {
  for (const auto& place : places_) ::umount2(place.c_str(), MNT_DETACH);
}

std::vector<fs::path> EmptyPlaces::files() const {
  std::vector<fs::path> found;
  for (const auto& place : places_) {
    for (auto entry = fs::recursive_directory_iterator(place); entry != fs::recursive_directory_iterator(); ++entry) {
      const auto leads_to_kept =
          std::any_of(kept_.begin(), kept_.end(), [&](const fs::path& kept) { return is_under(kept, entry->path()); });
      const auto is_kept =
          std::any_of(kept_.begin(), kept_.end(), [&](const fs::path& kept) { return kept == entry->path(); });
      if (is_kept) entry.disable_recursion_pending();
      if (!leads_to_kept) found.push_back(entry->path());
    }
  }
  return found;
}

}  // namespace segue::test
