// What it takes to bring chains of 100 to 2,000 nodes up and down, beside `ip -batch` making the same namespaces and
// links, and Mininet making the same hosts and links where it is installed.
//
// `segue up` returns when all agents answer and all addresses and routes are in force; down is when the last process of
// the lab has ended, and so its interfaces are gone: of a large one that is after `segue down` has returned. `ip
// -batch` makes named namespaces and veth pairs, without addresses, routes and agents, and is down when the names are
// gone; Mininet makes a shell in each of its namespaces, addresses, and no routes. Both in a mount namespace, and
// Mininet in a network namespace too, of a process of this program's own, where nobody else sees what they make.
//
// Last comes the exponent x of the power of the number of nodes that the times follow best (n^x, least squares of the
// logarithms): 1 is linear, 2 quadratic.
#include <fmt/format.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "nodes/base/error.hpp"
#include "tests/system/program.hpp"
#include "tests/unit/config/scratch.hpp"

using namespace segue;

namespace {

constexpr std::array<unsigned, 5> sizes{100, 250, 500, 1000, 2000};
constexpr unsigned rounds = 3;
constexpr unsigned mininet_nodes = 200;  // twice as many take it half a minute

struct Times {
  std::vector<double> up_ms;
  std::vector<double> down_ms;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

std::string text_of(const std::vector<double>& ms) {
  const auto [least, most] = std::minmax_element(ms.begin(), ms.end());
  return fmt::format("{:.0f} ({:.0f} to {:.0f})", median(ms), *least, *most);
}

void print(const char* what, unsigned nodes, const Times& times) {
  fmt::print("{:<12} {:>5} {:>24} {:>8.2f} {:>24} {:>8.2f}\n", what, nodes, text_of(times.up_ms),
             median(times.up_ms) / nodes, text_of(times.down_ms), median(times.down_ms) / nodes);
  std::fflush(stdout);
}

std::string said_by(const test::Command& command, const test::Surroundings& surroundings = {}) {
  const test::Outcome outcome = test::run(command, surroundings);
  if (outcome.exit_code != 0) throw Error(fmt::format("{}: {}", fmt::join(command, " "), outcome.err));
  return outcome.out;
}

double ms_since(Instant begin) { return static_cast<double>((now() - begin).count()) / 1e6; }

double time_of(const test::Command& command) {
  const Instant begin = now();
  said_by(command);
  return ms_since(begin);
}

// What a command leaves behind is this process's to collect.
void await_the_rest() {
  while (::waitpid(-1, nullptr, 0) > 0 || errno == EINTR) {
  }
}

double time_until_gone(const test::Command& command) {
  const Instant begin = now();
  said_by(command);
  await_the_rest();
  return ms_since(begin);
}

Times measure(const test::Command& up, const test::Command& down) {
  Times times;
  for (unsigned round = 0; round < rounds; ++round) {
    times.up_ms.push_back(time_of(up));
    times.down_ms.push_back(time_until_gone(down));
  }
  return times;
}

std::string topology(unsigned nodes) {
  std::string text = "title = \"A chain\"\n";
  for (unsigned i = 0; i < nodes; ++i) text += fmt::format("[nodes.n{}]\nrole = \"router\"\n", i);
  for (unsigned i = 0; i + 1 < nodes; ++i) {
    text += fmt::format("[links.l{}]\nbetween = [\"n{}\", \"n{}\"]\ndelay = \"1ms\"\n", i, i, i + 1);
  }
  return text;
}

Times measure_segue(const Scratch& scratch, unsigned nodes) {
  const auto lab = scratch.write(fmt::format("chain{}/topology.toml", nodes), topology(nodes)).parent_path().string();
  const std::string name = fmt::format("bench-{}", ::getpid());
  return measure(test::segue_with({"up", lab, "--name", name, "--metrics", "127.0.0.1:0"}),
                 test::segue_with({"down", name}));
}

void hide_mounts() {
  check(::unshare(CLONE_NEWNS), "create a mount namespace");
  check(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "make mounts private");
  check(::mount("none", "/run", "tmpfs", 0, nullptr), "make room for names of namespaces");
}

Times measure_ip(const Scratch& scratch, unsigned nodes) {
  std::string up;
  std::string down;
  for (unsigned i = 0; i < nodes; ++i) {
    up += fmt::format("netns add c{}\n", i);
    down += fmt::format("netns delete c{}\n", i);
  }
  for (unsigned i = 0; i + 1 < nodes; ++i) {
    up += fmt::format("link add right netns c{} type veth peer name left netns c{}\n", i, i + 1);
  }
  return measure({"ip", "-batch", scratch.write("up", up).string()},
                 {"ip", "-batch", scratch.write("down", down).string()});
}

// Its own clock, since half of what its start takes is Python's.
constexpr const char* mininet_chain = R"(import sys, time
from mininet.net import Mininet
begin = time.time()
net = Mininet(controller=None)
hosts = [net.addHost('h%d' % i) for i in range(int(sys.argv[1]))]
for a, b in zip(hosts, hosts[1:]): net.addLink(a, b)
net.start()
up = time.time()
net.stop()
print((up - begin) * 1e3, (time.time() - up) * 1e3)
)";

std::optional<Times> measure_mininet(const Scratch& scratch) {
  if (!std::filesystem::exists("/usr/lib/python3/dist-packages/mininet")) return std::nullopt;
  const auto script = scratch.write("chain.py", mininet_chain).string();
  const test::Surroundings apart{.in_child = [] {
    if (::unshare(CLONE_NEWNET) != 0) ::_exit(127);
  }};
  Times times;
  for (unsigned round = 0; round < rounds; ++round) {
    std::istringstream said(said_by({"/usr/bin/python3", script, std::to_string(mininet_nodes)}, apart));
    said >> times.up_ms.emplace_back() >> times.down_ms.emplace_back();
  }
  return times;
}

double exponent(const std::vector<double>& ms) {
  double sum_x = 0;
  double sum_y = 0;
  double sum_xx = 0;
  double sum_xy = 0;
  for (std::size_t i = 0; i < ms.size(); ++i) {
    const double x = std::log(sizes.at(i));
    const double y = std::log(ms[i]);
    sum_x += x;
    sum_y += y;
    sum_xx += x * x;
    sum_xy += x * y;
  }
  const auto count = static_cast<double>(ms.size());
  return (count * sum_xy - sum_x * sum_y) / (count * sum_xx - sum_x * sum_x);
}

void compare(const Scratch& scratch) {
  Times segue;
  Times ip;
  for (const unsigned nodes : sizes) {
    const Times ours = measure_segue(scratch, nodes);
    print("segue", nodes, ours);
    segue.up_ms.push_back(median(ours.up_ms));
    segue.down_ms.push_back(median(ours.down_ms));
    const Times theirs = measure_ip(scratch, nodes);
    print("ip -batch", nodes, theirs);
    ip.up_ms.push_back(median(theirs.up_ms));
  }
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    fmt::print("{:>4} nodes: up takes {:.2f} times what ip -batch takes\n", sizes.at(i), segue.up_ms[i] / ip.up_ms[i]);
  }
  fmt::print("goal: 1000 nodes up in under 3000 ms or 2 times what ip -batch takes, down in under 1500 ms\n");
  fmt::print("exponent: up {:.2f}, down {:.2f}; of ip -batch, up {:.2f}\n", exponent(segue.up_ms),
             exponent(segue.down_ms), exponent(ip.up_ms));
}

}  // namespace

int main() {
  try {
    const Scratch scratch;
    ::prctl(PR_SET_CHILD_SUBREAPER, 1UL);
    hide_mounts();
    fmt::print("chains, ms: median of {} (lowest to highest), and for each node\n", rounds);
    fmt::print("{:<12} {:>5} {:>24} {:>8} {:>24} {:>8}\n", "", "nodes", "up", "a node", "down", "a node");
    if (const auto times = measure_mininet(scratch)) {
      print("Mininet", mininet_nodes, *times);
    } else {
      fmt::print("Mininet is not installed (apt-get install mininet)\n");
    }
    compare(scratch);
  } catch (const Error& error) {
    fmt::print(stderr, "bring_up: {}\n", error.what());
    return error.exit_code();
  }
  return 0;
}
