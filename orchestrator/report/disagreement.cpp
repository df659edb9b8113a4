#include "orchestrator/report/disagreement.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "nodes/probe/score.hpp"

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

// Milliseconds: an interruption and a wait differ by the phase too, by less than the packet interval.
constexpr Tolerance times_computed{static_cast<double>(probe::ScoreOptions{}.interval_ns) / 1e6, 0};
constexpr Tolerance times_real{static_cast<double>(probe::ScoreOptions{}.interval_ns) / 1e6 + 5, 0.05};

bool apart(double measured, double expected, const Tolerance& tolerance) {
  return std::abs(measured - expected) > tolerance.absolute + tolerance.relative * expected;
}

bool apart(const Cell& cell, const Tolerance& tolerance) {
  if (cell.measured.n == 0 || std::isnan(cell.expected)) return false;
  if (std::isinf(cell.expected)) return true;
  return apart(cell.measured.mean, cell.expected, tolerance);
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
  const auto add = [&](const Row& row, const std::string& what, const std::string& measured,
                       const std::string& expected) {
    all.push_back(
        fmt::format("{}: {} measured {}, analysis {}: the analysis does not know something that this lab does",
                    row.mechanism, what, measured, expected));
  };
  const auto compare = [&](const Row& row, const char* what, const Cell& cell, const Tolerance& tolerance, double scale,
                           const char* unit) {
    if (!apart(cell, tolerance)) return;
    add(row, what, figure(cell.measured.mean, scale, unit), figure(cell.expected, scale, unit));
  };
  const bool computed = evaluation.repeatable;
  for (const Row& row : evaluation.table) {
    compare(row, "completion", row.completion_s, computed ? completion_computed : completion_real, 1e3, " ms");
    compare(row, "lost uplink", row.lost_uplink, computed ? packets_computed : packets_real, 1, "");
    compare(row, "lost downlink", row.lost_downlink, computed ? packets_computed : packets_real, 1, "");
    for (const Beside& one : row.beside) {
      const bool time = *one.unit != '\0';
      const Tolerance& tolerance =
          time ? (computed ? times_computed : times_real) : (computed ? packets_computed : packets_real);
      // What has no end has been told of with the losses.
      if (!std::isfinite(one.expected) || !apart(one.measured, one.expected, tolerance)) continue;
      const char* const unit = time ? " ms" : "";
      add(row, fmt::format("{} {}link", one.name, one.direction), figure(one.measured, 1, unit),
          figure(one.expected, 1, unit));
    }
  }
  return all;
}

}  // namespace segue::report
