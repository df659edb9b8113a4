// What the machine lacks is told with what to do about it, and nothing is created.
#include <doctest/doctest.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <string>

#include "tests/system/program.hpp"
#include "tests/unit/config/scratch.hpp"

using namespace segue;
using namespace segue::test;

namespace {

namespace fs = std::filesystem;

void as_nobody() {
  if (::setgroups(0, nullptr) != 0 || ::setgid(65534) != 0 || ::setuid(65534) != 0) ::_exit(126);
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

TEST_CASE("without privilege") {
  for (const Command& words : {Command{"run", prompt}, Command{"up", prompt}, Command{"doctor"}}) {
    CAPTURE(words.front());
    const auto said = lack(words, as_nobody);
    CHECK(has(said, "create a network namespace: Operation not permitted"));
    CHECK(has(said, "run as root, or with CAP_SYS_ADMIN and CAP_NET_ADMIN"));
  }
}

TEST_CASE("without /dev/net/tun, links by wire") {
  for (const Command& words : {Command{"run", prompt, "--links", "wire"}, Command{"up", prompt, "--links", "wire"}}) {
    CAPTURE(words.front());
    const auto said = lack(words, without_tun);
    CHECK(has(said, "/dev/net/tun: No such file or directory"));
    CHECK(has(said, "modprobe tun"));
  }
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
