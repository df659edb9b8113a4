// Continuous handovers for a long time: memory and descriptors of every process of the lab, minute by minute, and
// whether the counters that are exported are right to the last packet.
//
//   bench_soak                     an hour in virtual time, then ten minutes in real time
//   bench_soak real|virtual N      N minutes of one of them
//
// In virtual time the call is the only UDP traffic beside the signalling, and the kernel's own counters of the two ends
// are the judge. In real time iperf runs too, and what the handovers lost has to be what the probe lost.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "nodes/base/error.hpp"
#include "orchestrator/cli/live_metrics.hpp"
#include "orchestrator/guest/boot.hpp"
#include "orchestrator/guest/init.hpp"
#include "orchestrator/guest/kernel.hpp"
#include "orchestrator/keeper/watch.hpp"
#include "orchestrator/mobility/plans.hpp"

using namespace segue;

namespace {

namespace fs = std::filesystem;

struct Use {
  double kilobytes = 0;
  std::size_t descriptors = 0;
};

void add_process(int pid, Use& use) {
  std::ifstream status(fmt::format("/proc/{}/status", pid));
  for (std::string word; status >> word;) {
    double value = 0;
    if (word == "VmRSS:" && status >> value) use.kilobytes += value;
  }
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(fmt::format("/proc/{}/fd", pid), error)) {
    static_cast<void>(entry);
    ++use.descriptors;
  }
}

// A counter of the kernel's for a node: of /proc/PID/net/snmp6.
std::uint64_t kernel_counter(int pid, const std::string& wanted) {
  std::ifstream file(fmt::format("/proc/{}/net/snmp6", pid));
  std::string name;
  for (std::uint64_t value = 0; file >> name >> value;) {
    if (name == wanted) return value;
  }
  throw Error(fmt::format("read {} of process {}: it is not there", wanted, pid));
}

double exported(const cli::LiveMetrics& metrics, const std::string& family, const std::string& label) {
  double sum = 0;
  for (const auto& one : metrics.snapshot()) {
    if (one.name != family) continue;
    for (const auto& series : one.series) {
      if (series.name.find(label) != std::string::npos) sum += series.value;
    }
  }
  return sum;
}

class Soak {
 public:
  Soak(bool flows, int minutes)
      : minutes_(minutes),
        lab_(config::load_topology(SEGUE_SOURCE_DIR "/topologies/prompt"), {}),
        mover_(lab_),
        metrics_("soak"),
        at_(pids()),
        watch_(
            lab_, mover_, {.flows = flows},
            {.handover = [this](const std::string& mechanism, const record::Scorecard& card) { take(mechanism, card); },
             .sample = [this](const std::string& mechanism,
                              const record::Sample& sample) { metrics_.sample(0, mechanism, sample); }}) {}

  bool run() {
    fmt::print("{:>7} {:>10} {:>12} {:>12} {:>12}\n", "minute", "handovers", "keeper [kB]", "agents [kB]", "open fds");
    lab_.loop().after(std::chrono::seconds(60), [this] { minute(); });
    lab_.loop().run();
    watch_.finish();
    const bool stayed = flat();
    const bool right = counters_right();
    return stayed && right;
  }

  bool kernel_agrees() {
    const auto mobile = mover_.mobile();
    const auto peer = experiment::correspondent_of(lab_.topology());
    const bool up = same("uplink packets the correspondent's kernel delivered",
                         kernel_counter(lab_.crew().pid(peer), "Udp6InDatagrams") - signals_to_[peer],
                         exported(metrics_, "segue_probe_packets_received_total", "uplink"));
    const bool down = same("downlink packets the mobile's kernel delivered",
                           kernel_counter(lab_.crew().pid(mobile), "Udp6InDatagrams") - signals_to_[mobile],
                           exported(metrics_, "segue_probe_packets_received_total", "downlink"));
    const bool sent = same("uplink packets the mobile's kernel sent",
                           kernel_counter(lab_.crew().pid(mobile), "Udp6OutDatagrams") - signals_from_[mobile],
                           exported(metrics_, "segue_probe_packets_sent_total", "uplink"));
    return up && down && sent;
  }

 private:
  std::vector<int> pids() const {
    std::vector<int> all;
    for (std::size_t node = 0; node < const_cast<lab::Lab&>(lab_).crew().size(); ++node) {
      all.push_back(const_cast<lab::Lab&>(lab_).crew().pid(node));
    }
    return all;
  }

  void take(const std::string& mechanism, const record::Scorecard& card) {
    ++handovers_;
    if (card.outcome != record::Outcome::complete) ++failed_;
    lost_up_ += card.uplink.lost;
    lost_down_ += card.downlink.lost;
    count_signals(mechanism, card);
    metrics_.handover(mechanism, true, card, cli::unix_time());
  }

  // The datagrams that the handover took beside the call's.
  void count_signals(const std::string& name, const record::Scorecard& card) {
    const auto& topology = lab_.topology();
    const auto mechanism = std::find_if(mover_.mechanisms().begin(), mover_.mechanisms().end(),
                                        [&](const auto& one) { return one.name == name; });
    const mobility::Binding binding{mover_.mobile(), config::find_node(topology, card.from),
                                    config::find_node(topology, card.to)};
    for (const auto& plan : mobility::plans_for(lab_.geography(), *mechanism, binding, 0)) {
      for (const auto& step : plan.steps) {
        const auto* message = std::get_if<protocol::Message>(&step.content);
        if (message == nullptr || message->from != plan.node) continue;
        if (!std::holds_alternative<protocol::NetworkEndpoint>(message->forth)) continue;
        signals_from_[message->from] += card.steps[step.number].transmissions;
        signals_to_[message->to] += card.steps[step.number].transmissions;
        if (!message->confirmed) continue;
        ++signals_from_[message->to];
        ++signals_to_[message->from];
      }
    }
  }

  void minute() {
    Use keeper;
    add_process(::getpid(), keeper);
    Use agents;
    for (const int pid : at_) add_process(pid, agents);
    fmt::print("{:>7} {:>10} {:>12.0f} {:>12.0f} {:>12}\n", ++minute_, handovers_, keeper.kilobytes, agents.kilobytes,
               keeper.descriptors + agents.descriptors);
    std::fflush(stdout);
    history_.push_back({keeper.kilobytes + agents.kilobytes, keeper.descriptors + agents.descriptors});
    if (minute_ >= minutes_) return lab_.loop().stop();
    lab_.loop().after(std::chrono::seconds(60), [this] { minute(); });
  }

  // From the second minute on: in the first everything is used for the first time.
  bool flat() const {
    if (history_.size() < 3) return true;
    const Use& early = history_[1];
    const Use& late = history_.back();
    const bool memory = late.kilobytes < early.kilobytes * 1.02 + 256;
    fmt::print("memory {:+.0f} kB since minute 2: {}; open descriptors {:+}: {}\n", late.kilobytes - early.kilobytes,
               memory ? "flat" : "GROWS", static_cast<int>(late.descriptors) - static_cast<int>(early.descriptors),
               late.descriptors <= early.descriptors ? "none leaked" : "LEAKED");
    return memory && late.descriptors <= early.descriptors;
  }

  bool counters_right() const {
    const auto outside = [&](const char* direction) {
      return exported(metrics_, "segue_probe_packets_lost_outside_handovers_total", direction);
    };
    const bool up = same("uplink packets the handovers lost", lost_up_,
                         exported(metrics_, "segue_probe_packets_lost_total", "uplink") - outside("uplink"));
    const bool down = same("downlink packets the handovers lost", lost_down_,
                           exported(metrics_, "segue_probe_packets_lost_total", "downlink") - outside("downlink"));
    fmt::print("lost when the mechanism was changed: {} up, {} down\n", outside("uplink"), outside("downlink"));
    const bool all = same("handovers", handovers_, exported(metrics_, "segue_handovers_total", ""));
    fmt::print("{} handovers failed\n", failed_);
    return up && down && all && failed_ == 0;
  }

  static bool same(const char* what, std::uint64_t seen, double told) {
    const bool right = static_cast<double>(seen) == told;
    fmt::print("{:<55} {:>9}, exported {:>9.0f}: {}\n", what, seen, told, right ? "right" : "WRONG");
    return right;
  }

  int minutes_;
  int minute_ = 0;
  lab::Lab lab_;
  experiment::Mover mover_;
  cli::LiveMetrics metrics_;
  std::vector<int> at_;
  std::vector<Use> history_;
  std::uint64_t handovers_ = 0;
  std::uint64_t failed_ = 0;
  std::uint64_t lost_up_ = 0;
  std::uint64_t lost_down_ = 0;
  std::map<std::size_t, std::uint64_t> signals_from_;  // by node
  std::map<std::size_t, std::uint64_t> signals_to_;
  keeper::Watch watch_;
};

int soak_virtually(const std::vector<std::string>& arguments) {
  Soak soak(false, std::stoi(arguments.at(0)));
  const bool well = soak.run();
  const bool agreed = soak.kernel_agrees();
  return well && agreed ? 0 : 1;
}

int in_virtual_time(int minutes) {
  fmt::print("-- {} minutes in virtual time, the call alone\n", minutes);
  if (!guest::kernel_built()) {
    fmt::print("skipped: no guest kernel: build it with `segue kernel build`\n");
    return 77;
  }
  const fs::path out = fs::temp_directory_path() / fmt::format("segue-soak-{}", ::getpid());
  fs::create_directories(out);
  const fs::path build = fs::read_symlink("/proc/self/exe").parent_path().parent_path();
  const auto result = guest::run_guest({.kernel = guest::kernel_path(),
                                        .init = "/proc/self/exe",
                                        .arguments = {std::to_string(minutes)},
                                        .out = out,
                                        .directory = out,
                                        .visible = {build, fs::path(SEGUE_SOURCE_DIR)}},
                                       [](std::string_view line) {
                                         fmt::print("{}\n", line);
                                         std::fflush(stdout);
                                       });
  fs::remove_all(out);
  fmt::print("{} in {:.0f} s of wall time\n", to_text(result.outcome), static_cast<double>(result.wall.count()) / 1e9);
  return result.outcome == guest::GuestOutcome::finished ? result.exit_code : 1;
}

int in_real_time(int minutes) {
  fmt::print("-- {} minutes in real time, all probes\n", minutes);
  return Soak(true, minutes).run() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (guest::is_guest_init()) guest::guest_main(soak_virtually);
  if (argc == 3) return (argv[1] == std::string("real") ? in_real_time : in_virtual_time)(std::stoi(argv[2]));
  return std::max(in_virtual_time(60), in_real_time(10));
}
