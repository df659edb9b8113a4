// SIGKILL at random moments of runs, two hundred times of each kind (or as many as its argument says): what met a lab,
// how long until all was gone, and what was left. Ends with 1 if anything was.
#include <fmt/format.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>

#include "tests/system/killing.hpp"
#include "tests/virtual/root/user_kernel.hpp"

using namespace segue;
using namespace segue::test;
using namespace std::chrono_literals;

namespace {

struct Kind {
  const char* who;
  const char* clock;
};

constexpr Kind kinds[] = {{"root", "real"}, {"user", "real"}, {"root", "virtual"}, {"user", "virtual"}};
constexpr Delay span = 4s;

// What was left by all kills, as text.
std::string kill_many(const Kind& kind, unsigned kills) {
  Killing killing(22);
  std::optional<User> user;
  Surroundings surroundings;
  if (kind.who == std::string("user")) {
    user.emplace(killing.folder());
    user->may_open_tun(true);
    killing.look_at_host();  // he has mounts
    give_kernel(*user);
    surroundings = at_home(*user);
  }
  std::string left;
  for (unsigned i = 0; i < kills; ++i) {
    const auto out = (user ? user->home() : killing.folder()) / std::to_string(i);
    // Starts processes of every kind: agents, the link engine or guests, iperf.
    const Command words{"run",       lab_folder("prompt"), "--clock",     kind.clock, "--mechanism", "prompt-scheduled",
                        "--probe",   "iperf-udp",          "--handovers", "40",       "--interval",  "1500ms",
                        "--metrics", "127.0.0.1:0",        "--out",       out};
    left += killing.kill(segue_with(words), span, surroundings);
    run_segue({"ps"}, surroundings);
    left += killing.files();
    if (std::filesystem::exists(out) && !std::filesystem::exists(out / "summary.json")) left += out.string() + '\n';
  }
  fmt::print("{:<8} {:<8} {:>6} {:>14} {:>12} {:>11} ms  {}\n", kind.who, kind.clock, kills, killing.labs_met(),
             killing.guests_met(), killing.longest().count() / 1'000'000, left.empty() ? "nothing" : "see below");
  return left;
}

}  // namespace

int main(int argc, char** argv) {
  if (::geteuid() != 0 || !guest::kernel_built()) {
    fmt::print("skipped: needs root, to become a user, and a guest kernel: `segue kernel build`\n");
    return 77;
  }
  ::prctl(PR_SET_CHILD_SUBREAPER, 1UL);
  const unsigned kills = argc > 1 ? static_cast<unsigned>(std::atoi(argv[1])) : 200;
  fmt::print("{:<8} {:<8} {:>6} {:>14} {:>12} {:>14}  {}\n", "who", "clock", "kills", "met namespaces", "met a guest",
             "all gone in", "left");
  std::string left;
  for (const Kind& kind : kinds) left += kill_many(kind, kills);
  std::fputs(left.c_str(), stdout);
  return left.empty() ? 0 : 1;
}
