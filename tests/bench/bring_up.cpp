// What it takes to bring a chain of 200 nodes up and down, beside `ip -batch` making the same namespaces and links.
//
// `segue up` returns when 200 agents answer and all addresses and routes are in force; `segue down` when the lab's
// process has let go of everything. `ip -batch` makes named namespaces and veth pairs, without addresses, routes and
// agents; in a mount namespace of this program's own, where nobody else sees its names.
#include <fmt/format.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "nodes/base/error.hpp"
#include "tests/system/program.hpp"
#include "tests/unit/config/scratch.hpp"

using namespace segue;

namespace {

constexpr unsigned nodes = 200;
constexpr unsigned rounds = 5;

struct Times {
  std::vector<double> up_ms;
  std::vector<double> down_ms;
};

double time_of(const test::Command& command) {
  const Instant begin = now();
  const test::Outcome outcome = test::run(command);
  const Delay taken = now() - begin;
  if (outcome.exit_code != 0) throw Error(fmt::format("{}: {}", fmt::join(command, " "), outcome.err));
  return static_cast<double>(taken.count()) / 1e6;
}

Times measure(const test::Command& up, const test::Command& down) {
  Times times;
  for (unsigned round = 0; round < rounds; ++round) {
    times.up_ms.push_back(time_of(up));
    times.down_ms.push_back(time_of(down));
  }
  return times;
}

std::string text_of(std::vector<double> ms) {
  std::sort(ms.begin(), ms.end());
  return fmt::format("{:>6.0f} ({:.0f} to {:.0f})", ms[ms.size() / 2], ms.front(), ms.back());
}

void print(const char* what, const Times& times) {
  fmt::print("{:<58} {:>22} {:>22}\n", what, text_of(times.up_ms), text_of(times.down_ms));
}

std::string topology() {
  std::string text = "title = \"A chain\"\n";
  for (unsigned i = 0; i < nodes; ++i) text += fmt::format("[nodes.n{}]\nrole = \"router\"\n", i);
  for (unsigned i = 0; i + 1 < nodes; ++i) {
    text += fmt::format("[links.l{}]\nbetween = [\"n{}\", \"n{}\"]\ndelay = \"1ms\"\n", i, i, i + 1);
  }
  return text;
}

Times measure_segue(const Scratch& scratch) {
  const auto lab = scratch.write("chain/topology.toml", topology()).parent_path().string();
  const std::string name = fmt::format("bench-{}", ::getpid());
  return measure(test::segue_with({"up", lab, "--name", name, "--metrics", "127.0.0.1:0"}),
                 test::segue_with({"down", name}));
}

Times measure_ip(const Scratch& scratch) {
  check(::unshare(CLONE_NEWNS), "create a mount namespace");
  check(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "make mounts private");
  check(::mount("none", "/run", "tmpfs", 0, nullptr), "make room for names of namespaces");
  std::string up;
  std::string down;
  for (unsigned i = 0; i < nodes; ++i) {
    up += fmt::format("netns add c{}\n", i);
    down += fmt::format("netns delete c{}\n", i);
  }
  for (unsigned i = 0; i + 1 < nodes; ++i) {
    up += fmt::format("link add right netns c{} type veth peer name left netns c{}\n", i, i + 1);
  }
  const auto up_file = scratch.write("up", up).string();
  const auto down_file = scratch.write("down", down).string();
  return measure({"ip", "-batch", up_file}, {"ip", "-batch", down_file});
}

}  // namespace

int main() {
  try {
    const Scratch scratch;
    fmt::print("chain of {} nodes, ms: median of {} (lowest to highest)\n", nodes, rounds);
    fmt::print("{:<58} {:>22} {:>22}\n", "", "up", "down");
    print("segue up, segue down", measure_segue(scratch));
    fmt::print("{:<58} {:>22} {:>22}\n", "  its goal", "under 1500", "under 500");
    print("ip -batch: the namespaces and veth pairs alone", measure_ip(scratch));
  } catch (const Error& error) {
    fmt::print(stderr, "bring_up: {}\n", error.what());
    return error.exit_code();
  }
  return 0;
}
