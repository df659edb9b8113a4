// exec, shell, capture: programs of the user's own inside a node. The command enters the node's namespace and becomes
// that program, so terminal, signals and exit code are the program's.
#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <vector>

#include "nodes/base/error.hpp"
#include "nodes/netlink/user_namespace.hpp"
#include "orchestrator/cli/commands.hpp"
#include "orchestrator/cli/hosts_file.hpp"
#include "orchestrator/cli/lab_client.hpp"
#include "orchestrator/cli/output.hpp"

namespace segue::cli {

namespace {

using nlohmann::json;

// A mount namespace of the command's own, in which /sys shows the node's interfaces and /etc/hosts knows the lab's
// nodes. It goes with the command; the host's files are not touched.
void furnish(const Hosts& hosts) {
  check(::unshare(CLONE_NEWNS), "create a mount namespace");
  check(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "make mounts private");
  ::mount("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr);  // as it was where it may not be
  std::ifstream known("/etc/hosts");
  const std::string text{std::istreambuf_iterator<char>(known), std::istreambuf_iterator<char>()};
  check(::mount("tmpfs", "/mnt", "tmpfs", 0, "size=1m"), "mount a place for the node's hosts file");
  std::ofstream("/mnt/hosts") << hosts_file(text, hosts);
  ::mount("/mnt/hosts", "/etc/hosts", nullptr, MS_BIND, nullptr);
  check(::umount2("/mnt", MNT_DETACH), "take that place away");
}

// IPv6 first: it is what every lab has.
Hosts hosts_in(const json& answer) {
  Hosts hosts;
  for (const char* family : {"hosts", "hosts_ipv4"}) {
    if (!answer.contains(family)) continue;
    for (const auto& [name, address] : answer.at(family).items()) hosts.emplace_back(address.get<std::string>(), name);
  }
  return hosts;
}

[[noreturn]] void become(const std::vector<std::string>& command, const std::string& node) {
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (const auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  ::execvp(arguments[0], arguments.data());
  throw InputError(fmt::format("run {} in {}: {}", command[0], node, std::strerror(errno)));
}

[[noreturn]] void run_inside(const InsideOptions& options, const std::vector<std::string>& command) {
  LabClient client(options.lab);
  const json answer = client.ask({{"verb", "enter"}, {"node", options.node}});
  const Fd space = client.take_descriptor();
  netlink::move_into(space.get());
  furnish(hosts_in(answer));
  ::setenv("SEGUE_NODE", options.node.c_str(), 1);
  become(command, options.node);
}

}  // namespace

int exec(const InsideOptions& options) { run_inside(options, options.command); }

int shell(const InsideOptions& options) {
  const char* shell = std::getenv("SHELL");
  ::setenv("PS1", fmt::format("{}# ", options.node).c_str(), 1);
  run_inside(options, {shell != nullptr ? shell : "/bin/sh"});
}

int capture(InsideOptions options) {
  const auto colon = options.node.find(':');
  const std::string interface = colon == std::string::npos ? "any" : options.node.substr(colon + 1);
  options.node.resize(std::min(colon, options.node.size()));
  std::vector<std::string> command{"tcpdump", "-n", "-i", interface};
  if (options.file.empty()) {
    command.emplace_back("-l");  // a line when it has come, to whatever reads it
  } else {
    command.insert(command.end(), {"-U", "-w", options.file});
    if (colon == std::string::npos) {
      say(fmt::format(
          "segue: the file has numbers of interfaces, which have names in the node alone: read it with "
          "`segue exec {0} -- tcpdump -r {1}`, or record one interface, as in `segue capture {0}:INTERFACE`\n",
          options.node, options.file));
    }
  }
  command.insert(command.end(), options.command.begin(), options.command.end());
  run_inside(options, command);
}

}  // namespace segue::cli
