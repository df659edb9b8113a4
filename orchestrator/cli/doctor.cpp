#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cstdio>
#include <functional>
#include <string>
#include <thread>

#include "nodes/base/error.hpp"
#include "nodes/base/version.hpp"
#include "nodes/link/packet_ring.hpp"
#include "nodes/netlink/netem.hpp"
#include "nodes/netlink/netns.hpp"
#include "nodes/netlink/tap.hpp"
#include "nodes/netlink/user_namespace.hpp"
#include "nodes/probe/iperf.hpp"
#include "nodes/process/child.hpp"
#include "orchestrator/cli/commands.hpp"
#include "orchestrator/cli/output.hpp"
#include "orchestrator/guest/kernel.hpp"
#include "orchestrator/lab/link_choice.hpp"
#include "orchestrator/lab/process.hpp"
#include "orchestrator/lab/trial.hpp"
#include "orchestrator/monitor/grafana.hpp"

namespace segue::cli {

namespace {

class Examination {
 public:
  // `necessary`: without it no lab comes up here. Returns whether it is there.
  bool look(const char* what, bool necessary, const std::function<std::string()>& find) {
    try {
      tell("yes", what, find());
      return true;
    } catch (const Error& error) {
      tell(necessary ? "NO" : "no", what, error.what());
      if (necessary) healthy_ = false;
      return false;
    }
  }
  bool healthy() const { return healthy_; }

  static void tell(const char* mark, const char* what, const std::string& detail) {
    print(fmt::format("  {:<4} {:<22} {}\n", mark, what, detail));
  }

 private:
  bool healthy_ = true;
};

std::string kernel_text() {
  utsname names{};
  ::uname(&names);
  return fmt::format("{} {}, {} cores", names.sysname, names.release, std::thread::hardware_concurrency());
}

// What a lab would find in the namespaces that it makes.
std::string inside_a_lab(const std::function<std::string()>& find) {
  return lab::in_a_child([&find] {
    netlink::acquire_privilege();
    netlink::Namespace space;
    const auto inside = netlink::Enter::fresh(space);
    return find();
  });
}

std::string find_netem() {
  if (netlink::kernel_has_netem()) return "this kernel has sch_netem";
  throw MachineError("this kernel has no sch_netem (`modprobe sch_netem` where it is a module)");
}

std::string find_taps() {
  netlink::open_tap("probe");
  return "TAPs through /dev/net/tun";
}

std::string find_packet_sockets() {
  link::open_packet_socket(link::packet_slots);
  return "no device needed";
}

// What the clock `real` needs; whether it is there.
bool examine_this_kernel(Examination& examination) {
  const std::string can = netlink::has_privilege() ? "can be made" : "can be made, in a user namespace";
  if (!examination.look("network namespaces", true, [&] { return inside_a_lab([&] { return can; }); })) return false;
  bool links = examination.look("links by netem", false, [] { return inside_a_lab(find_netem); });
  links |= examination.look("links by wire-tap", false, [] { return inside_a_lab(find_taps); });
  links |= examination.look("links by wire-packet", !links, [] { return inside_a_lab(find_packet_sockets); });
  if (!links) return false;
  Examination::tell("->", "links that run takes",
                    inside_a_lab([] { return std::string(to_text(lab::decide(lab::LinkChoice::automatic))); }));
  return examination.healthy();
}

// What the clock `virtual` needs. Without a kernel, whether one can be built here is for the build to say.
bool examine_guest(Examination& examination) {
  bool built = false;
  examination.look("guest kernel", false, [&] {
    const auto kernel = guest::kernel_path();
    built = guest::kernel_built();
    if (built) return kernel.string();
    throw MachineError(
        fmt::format("not built, would be {}: `segue kernel build`, once, a few minutes", kernel.string()));
  });
  return built;
}

}  // namespace

int doctor() {
  print(fmt::format("segue {} on {}\n", version, kernel_text()));
  Examination examination;
  std::string clocks = examine_this_kernel(examination) ? "real" : "";
  if (examine_guest(examination)) clocks += clocks.empty() ? "virtual (needs no privilege)" : ", virtual";
  Examination::tell("->", "clocks", clocks.empty() ? "none" : clocks);
  examination.look("iperf probes", false, [] { return probe::require_iperf(); });
  examination.look("agents", true, [] { return lab::helper_program("segue-node").string(); });
  examination.look("wire engine", true, [] { return lab::helper_program("segue-wire").string(); });
  examination.look("Prometheus", false, [] { return process::require_program("prometheus", "prometheus"); });
  examination.look("Grafana", false, [] {
    if (const auto grafana = monitor::find_grafana()) return *grafana;
    throw MachineError("not in Debian: dashboards/README.md has other ways to it; `segue watch` needs none");
  });
  return examination.healthy() ? 0 : 3;
}

}  // namespace segue::cli
