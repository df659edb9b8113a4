#include <fmt/format.h>

#include <array>
#include <utility>

#include "nodes/base/error.hpp"
#include "orchestrator/experiment/run.hpp"

namespace segue::experiment {

namespace {

constexpr std::array<std::pair<Probe, std::string_view>, 3> names{
    {{Probe::voip, "voip"}, {Probe::iperf_tcp, "iperf-tcp"}, {Probe::iperf_udp, "iperf-udp"}}};

}  // namespace

Probe parse_probe(std::string_view text) {
  std::string known;
  for (const auto& [probe, name] : names) {
    if (name == text) return probe;
    if (!known.empty()) known += probe == names.back().first ? " or " : ", ";
    known += name;
  }
  throw InputError(fmt::format("--probe \"{}\": {}", text, known));
}

Family parse_family(std::string_view text) {
  if (text == "4") return Family::ipv4;
  if (text == "6") return Family::ipv6;
  throw InputError(fmt::format("--family \"{}\": 4 or 6", text));
}

std::string_view to_text(Probe probe) {
  for (const auto& [known, name] : names) {
    if (known == probe) return name;
  }
  return "";
}

}  // namespace segue::experiment
