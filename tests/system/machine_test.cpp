// What the machine lacks is told with what to do about it, and nothing is created.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <string>

#include "nodes/base/fd.hpp"
#include "tests/system/program.hpp"
#include "tests/system/user.hpp"
#include "tests/unit/config/scratch.hpp"

using namespace segue;
using namespace segue::test;

namespace {

namespace fs = std::filesystem;

void write_to(const char* path, const std::string& text) {
  const Fd fd(::open(path, O_WRONLY | O_CLOEXEC));
  if (::write(fd.get(), text.data(), text.size()) < 0) ::_exit(126);
}

// In a user namespace of its own, where its owner may set the limit; the program, which comes after it, may do nothing.
void without_user_namespaces() {
  ::prctl(PR_SET_DUMPABLE, 1UL);  // who changed his number does not own the maps otherwise
  if (::unshare(CLONE_NEWUSER) != 0) ::_exit(126);
  write_to("/proc/self/uid_map", fmt::format("{0} {0} 1", User::number));
  write_to("/proc/sys/user/max_user_namespaces", "0");
}

// As a container's runtime has it: unshare() fails if it asks for a user namespace.
void under_a_filter() {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_unshare, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args)),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_NEWUSER, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter{std::size(program), program};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL) != 0 ||
      ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) {
    ::_exit(126);
  }
}

// In a mount namespace of the program's own, so that nobody else misses it.
void without_tun() {
  if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      ::mount("none", "/dev/net", "tmpfs", 0, nullptr) != 0) {
    ::_exit(126);
  }
}

// Nor the privilege to allow itself more.
void with_few_files() {
  const rlimit few{60, 60};
  if (::prctl(PR_CAPBSET_DROP, CAP_SYS_RESOURCE) != 0 || ::setrlimit(RLIMIT_NOFILE, &few) != 0) ::_exit(126);
}

void without_programs() { ::setenv("PATH", "/nonexistent", 1); }

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// What `segue VERB LAB` says, as it ends with exit code 3.
std::string lack(const Command& words, void (*in_child)()) {
  const Scratch scratch;
  fs::permissions(scratch.path(), fs::perms::all);  // whoever it runs as could leave something
  const Outcome outcome = run_segue(words, {.directory = scratch.path(), .in_child = in_child});
  CHECK(outcome.exit_code == 3);
  CHECK(fs::is_empty(scratch.path()));
  CHECK(descendants(::getpid()).empty());
  return outcome.err + outcome.out;
}

const std::string prompt = lab_folder("prompt").string();

}  // namespace

TEST_CASE(
    "without root, where user namespaces are forbidden: which of the reasons it is, and the command that allows them") {
  const struct {
    void (*forbidden)();
    const char* reason;
    const char* way_out;
  } cases[] = {{without_user_namespaces, "user.max_user_namespaces is 0", "sudo sysctl user.max_user_namespaces="},
               {under_a_filter, "a seccomp filter forbids them", "--security-opt seccomp=unconfined"}};
  const Scratch scratch;
  const User user(scratch.path());
  for (const auto& [forbidden, reason, way_out] : cases) {
    CAPTURE(reason);
    const std::string lab = lab_folder("prompt").string();
    for (const Command& words : {Command{"run", lab}, Command{"up", lab}, Command{"doctor"}}) {
      CAPTURE(words.front());
      const auto said = lack(words, forbidden);
      CHECK(has(said, "make a user namespace, which a lab without root needs"));
      CHECK(has(said, reason));
      CHECK(has(said, way_out));
      CHECK(has(said, "--clock virtual"));
    }
  }
}

TEST_CASE("without /dev/net/tun, links by TAPs; links by wire do without") {
  for (const char* verb : {"run", "up"}) {
    CAPTURE(verb);
    const auto said = lack({verb, prompt, "--links", "wire-tap"}, without_tun);
    CHECK(has(said, "/dev/net/tun: No such file or directory"));
    CHECK(has(said, "modprobe tun"));
  }
  const Outcome doctor = run_segue({"doctor"}, {.in_child = without_tun});
  CHECK(doctor.exit_code == 0);
  CHECK(has(doctor.out, "no device needed"));
}

TEST_CASE("without open files enough for the lab") {
  for (const Command& words : {Command{"run", prompt}, Command{"up", prompt}}) {
    CAPTURE(words.front());
    const auto said = lack(words, with_few_files);
    CHECK(has(said, "hold 7 nodes and"));
    CHECK(has(said, "and 60 are allowed here"));
    CHECK(has(said, "ulimit -Hn 1"));
  }
}

TEST_CASE("without iperf, the probes that need it") {
  for (const char* probe : {"iperf-tcp", "iperf-udp"}) {
    const auto said = lack({"run", prompt, "--probe", probe}, without_programs);
    CHECK(has(said, "iperf"));
    CHECK(has(said, "apt-get install iperf"));
  }
  CHECK(has(lack({"run", prompt}, without_programs), "apt-get install iperf"));
  // Not a necessity of every lab.
  const Outcome doctor = run_segue({"doctor"}, {.in_child = without_programs});
  CHECK(doctor.exit_code == 0);
  CHECK(has(doctor.out, "apt-get install iperf"));
}

TEST_CASE("without Graphviz, a picture") {
  CHECK(has(lack({"graph", prompt}, without_programs), "apt-get install graphviz"));
}
