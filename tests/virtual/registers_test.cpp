// A process's registers are its own, the widest that the host's processor has: the guest kernel keeps them through
// ptrace, in whose format every processor adds what it has.
#include <doctest/doctest.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "nodes/base/error.hpp"
#include "tests/virtual/work.hpp"

using namespace segue;
using namespace segue::test;

namespace {

using Vector = std::array<std::uint64_t, 8>;

// A register that holds `value` while another process runs; what is in it then.
#define SEGUE_HOLD(move, name)                                 \
  asm volatile(move " (%[from]), %%" name                      \
                    "5\n\t"                                    \
                    "syscall\n\t" move " %%" name "5, (%[to])" \
               : "+a"(yield)                                   \
               : [from] "r"(&value), [to] "r"(&held)           \
               : "rcx", "r11", "xmm5", "memory")

Vector held_while_another_runs(const Vector& value) {
  Vector held = value;
  long yield = SYS_sched_yield;
  if (__builtin_cpu_supports("avx512f")) {
    SEGUE_HOLD("vmovdqu64", "zmm");
  } else if (__builtin_cpu_supports("avx")) {
    SEGUE_HOLD("vmovdqu", "ymm");
  } else {
    SEGUE_HOLD("movdqu", "xmm");
  }
  return held;
}

// How many of four processes that take turns found something else than they had put there.
const Work hold("hold registers", [](const Arguments&) {
  constexpr int processes = 4;
  constexpr int turns = 500;
  std::vector<pid_t> children;
  for (int i = 0; i < processes; ++i) {
    const pid_t child = static_cast<pid_t>(check(::fork(), "start a process"));
    if (child != 0) {
      children.push_back(child);
      continue;
    }
    bool kept = true;
    for (int turn = 0; turn < turns; ++turn) {
      Vector mine{};
      mine.fill(0x0101010101010101U * static_cast<std::uint64_t>(i * turns + turn));
      kept = held_while_another_runs(mine) == mine && kept;
    }
    ::_exit(kept ? 0 : 1);
  }
  int strange = 0;
  for (const pid_t child : children) {
    int status = -1;
    ::waitpid(child, &status, 0);
    if (status != 0) ++strange;
  }
  say(std::to_string(strange) + " of " + std::to_string(processes));
  return 0;
});

}  // namespace

TEST_CASE("processes that take turns keep their registers, the widest too") {
  const Folder out;
  const auto ran = in_guest(guest_options({"hold registers"}, out));
  CHECK(ran.result.exit_code == 0);
  CHECK(ran.lines == std::vector<std::string>{"0 of 4"});
}
