#include "orchestrator/report/disagreement.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

namespace segue::report {

namespace {

struct Tolerance {
  double absolute;
  double relative;
};

constexpr Tolerance completion_computed{10e-6, 0};
constexpr Tolerance completion_real{5e-3, 0.05};
constexpr Tolerance packets_computed{1, 0};
constexpr Tolerance packets_real{1.5, 0.05};

bool apart(const Cell& cell, const Tolerance& tolerance) {
  if (cell.measured.n == 0 || std::isnan(cell.expected)) return false;
  if (std::isinf(cell.expected)) return true;
  return std::abs(cell.measured.mean - cell.expected) > tolerance.absolute + tolerance.relative * cell.expected;
}

std::string figure(double value, double scale, const char* unit) {
  if (std::isinf(value)) return "without end";
  return fmt::format("{:.2f}{}", value * scale, unit);
}

void add_differences(const link::Impairments& link, std::vector<std::string>& kinds) {
  const auto note = [&](bool there, const char* kind) {
    if (there && std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) kinds.emplace_back(kind);
  };
  note(link.jitter > Delay{0}, "jitter");
  note(link::long_term_loss(link) > 0, "loss");
  note(link.corrupt.value > 0, "corruption");
  note(link.reorder.value > 0, "reordering");
  note(link.rate.bits_per_second > 0, "queueing at a rate");
}

}  // namespace

std::vector<std::string> left_out_of_analysis(const config::Topology& topology) {
  std::vector<std::string> all;
  for (const auto& link : topology.links) {
    std::vector<std::string> kinds;
    add_differences(link.a_to_b, kinds);
    add_differences(link.b_to_a, kinds);
    if (!kinds.empty()) all.push_back(fmt::format("{} of {}", fmt::join(kinds, ", "), link.name));
  }
  return all;
}

std::vector<std::string> disagreements(const Evaluation& evaluation) {
  std::vector<std::string> all;
  const auto compare = [&](const Row& row, const char* what, const Cell& cell, const Tolerance& tolerance, double scale,
                           const char* unit) {
    if (!apart(cell, tolerance)) return;
    all.push_back(
        fmt::format("{}: {} measured {}, analysis {}: the analysis does not know something that this lab does",
                    row.mechanism, what, figure(cell.measured.mean, scale, unit), figure(cell.expected, scale, unit)));
  };
  const bool computed = evaluation.repeatable;
  for (const Row& row : evaluation.table) {
    compare(row, "completion", row.completion_s, computed ? completion_computed : completion_real, 1e3, " ms");
    compare(row, "lost uplink", row.lost_uplink, computed ? packets_computed : packets_real, 1, "");
    compare(row, "lost downlink", row.lost_downlink, computed ? packets_computed : packets_real, 1, "");
  }
  return all;
}

}  // namespace segue::report
