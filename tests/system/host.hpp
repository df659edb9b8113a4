// What of a host a lab must not touch, in a form to compare; and a place of the test's own for files.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace segue::test {

// By what it is: links, addresses, routes, rules (by iproute2, as JSON), every readable sysctl of net/, and the mounts.
using HostState = std::map<std::string, std::string>;
HostState host_state();

// "" if they are equal, else what differs, as text.
std::string difference(const HostState& before, const HostState& after);

// The network, mount and user namespaces that these processes are in or hold a descriptor of, by inode.
std::set<ino_t> namespaces_of(const std::vector<pid_t>& processes);
// Those of them that some process of this machine still is in or holds, or that something is mounted on.
std::set<ino_t> held(const std::set<ino_t>& namespaces);

// Gives this process, and what it starts, a mount namespace in which /tmp, /run and the like are empty, except that the
// program under test and its labs stay where they are. So whatever is in them later is the program's.
class EmptyPlaces {
 public:
  EmptyPlaces();
  EmptyPlaces(const EmptyPlaces&) = delete;
  EmptyPlaces& operator=(const EmptyPlaces&) = delete;
  ~EmptyPlaces();                                    // the places are again what they were
  std::vector<std::filesystem::path> files() const;  // in all of them

 private:
  std::vector<std::filesystem::path> places_;
  std::vector<std::filesystem::path> kept_;
};

}  // namespace segue::test
