// Campaigns as job arrays of a real Slurm: one node on the loopback, started and ended by the test.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <random>

#include "nodes/base/error.hpp"
#include "tests/unit/config/scratch.hpp"
#include "tests/virtual/run/results.hpp"

using namespace segue;
using namespace segue::test;
namespace fs = std::filesystem;

namespace {

using namespace std::chrono_literals;

bool has_slurm() {
  const auto there = [](const char* program) {
    for (const char* folder : {"/usr/sbin/", "/usr/bin/"}) {
      if (::access((std::string(folder) + program).c_str(), X_OK) == 0) return true;
    }
    return false;
  };
  return there("munged") && there("slurmctld") && there("slurmd") && there("sbatch");
}

std::string host_name() {
  std::array<char, 256> name{};
  check(::gethostname(name.data(), name.size() - 1), "read the host's name");
  const std::string whole = name.data();
  return whole.substr(0, whole.find('.'));
}

class Cluster {
 public:
  Cluster() {
    fs::permissions(folder(), fs::perms(0755));
    for (const char* name : {"state", "spool"}) fs::create_directory(folder() / name);
    write_key();
    write_configuration();
    ::setenv("SLURM_CONF", (folder() / "slurm.conf").c_str(), 1);
    munged_ = start({"munged", "--foreground", "--key-file", in("munge.key"), "--socket", in("munge.socket"),
                     "--pid-file", in("munge.pid"), "--log-file", in("munge.log"), "--seed-file", in("munge.seed")});
    REQUIRE(eventually([this] { return fs::exists(folder() / "munge.socket"); }, 20s));
    controller_ = start({"slurmctld", "-D", "-i", "-f", in("slurm.conf")});
    REQUIRE(eventually([] { return run({"scontrol", "ping"}).out.find("UP") != std::string::npos; }, 60s));
    start_node();
  }
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;
  ~Cluster() {
    kill_node();
    ::unsetenv("SLURM_CONF");
  }

  void start_node() {
    node_ = start({"slurmd", "-D", "-N", host_name(), "-f", in("slurm.conf")});
    REQUIRE(eventually(
        [] {
          const auto state = run({"sinfo", "-h", "-o", "%T"}).out;
          return state.starts_with("idle") || state.starts_with("mixed") || state.starts_with("alloc");
        },
        90s));
  }

  // The machine loses its power: the daemon, the steps it had started, and what they run.
  void kill_node() {
    std::vector<pid_t> steps;
    for (const pid_t process : descendants(::getpid())) {
      if (command_line(process).find("slurmstepd") != std::string::npos) steps.push_back(process);
    }
    if (node_) node_->send(SIGKILL);
    for (const pid_t step : steps) {
      for (const pid_t process : descendants(step)) ::kill(process, SIGKILL);
      ::kill(step, SIGKILL);
    }
    node_.reset();
    reap();
  }

 private:
  const fs::path& folder() const { return scratch_.path(); }
  std::string in(const char* name) const { return folder() / name; }

  static std::unique_ptr<Process> start(const Command& command) { return std::make_unique<Process>(command); }

  void write_key() const {
    std::string key;
    std::random_device random;
    for (int i = 0; i < 1024; ++i) key += static_cast<char>(random());
    scratch_.write("munge.key", key);
    fs::permissions(folder() / "munge.key", fs::perms(0400));
  }

  void write_configuration() const {
    const auto host = host_name();
    const int port = 20'000 + 2 * (::getpid() % 5'000);
    scratch_.write(
        "slurm.conf",
        fmt::format(
            "ClusterName=segue\nSlurmctldHost={0}(127.0.0.1)\nSlurmUser=root\nAuthType=auth/munge\n"
            "AuthInfo=socket={1}/munge.socket\nSlurmctldPort={2}\nSlurmdPort={3}\nStateSaveLocation={1}/state\n"
            "SlurmdSpoolDir={1}/spool\nSlurmctldPidFile={1}/slurmctld.pid\nSlurmdPidFile={1}/slurmd.pid\n"
            "SlurmctldLogFile={1}/slurmctld.log\nSlurmdLogFile={1}/slurmd.log\nProctrackType=proctrack/linuxproc\n"
            "TaskPlugin=task/none\nJobAcctGatherType=jobacct_gather/none\nMpiDefault=none\n"
            "SelectType=select/cons_tres\nSelectTypeParameters=CR_Core\nSlurmdTimeout=5\nReturnToService=2\n"
            "SchedulerParameters=bf_interval=1,sched_interval=1,sched_min_interval=0\n"
            "NodeName={0} NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN\n"
            "PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP\n",
            host, folder().string(), port, port + 1));
  }

  Scratch scratch_;
  std::unique_ptr<Process> munged_;
  std::unique_ptr<Process> controller_;
  std::unique_ptr<Process> node_;
};

}  // namespace

TEST_CASE("a campaign on Slurm, its node killed in the middle, ends with the bytes of a local one") {
  REQUIRE_MESSAGE(has_slurm(), "no Slurm: apt-get install slurmctld slurmd slurm-client munge");
  ::prctl(PR_SET_CHILD_SUBREAPER, 1UL);
  const Scratch scratch;
  const auto file = scratch.write(
      "campaigns/small.toml",
      fmt::format("lab = \"{}\"\nmechanisms = [\"prompt-scheduled\", \"prompt-unscheduled\"]\nprobes = [\"voip\"]\n"
                  "handovers = 2\ninterval = \"2s\"\nrepetitions = 4\n",
                  lab_folder("prompt").string()));
  REQUIRE(run(campaign_command(file, scratch.path() / "local", {})).exit_code == 0);
  Cluster cluster;
  const auto out = scratch.path() / "out";
  Process process(campaign_command(file, out, {"--executor", "slurm", "--jobs", "2"}));
  process.await_line(Process::Stream::err, "1 of 8 runs", 120s);
  cluster.kill_node();
  cluster.start_node();
  const Outcome outcome = process.wait(300s);
  INFO(outcome.err);
  CHECK(outcome.exit_code == 0);
  CHECK(differences(results_in(out), results_in(scratch.path() / "local")) == "");
}
