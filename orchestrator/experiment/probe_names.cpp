#include <fmt/format.h>

#include "nodes/base/error.hpp"
#include "orchestrator/experiment/run.hpp"

namespace segue::experiment {

Probe parse_probe(std::string_view text) {
  for (const Probe probe : {Probe::voip, Probe::iperf_tcp, Probe::iperf_udp}) {
    if (to_text(probe) == text) return probe;
  }
  throw InputError(fmt::format("--probe \"{}\": voip, iperf-tcp or iperf-udp", text));
}

std::string_view to_text(Probe probe) {
  switch (probe) {
    case Probe::voip:
      return "voip";
    case Probe::iperf_tcp:
      return "iperf-tcp";
    case Probe::iperf_udp:
      return "iperf-udp";
  }
  return "";
}

}  // namespace segue::experiment
