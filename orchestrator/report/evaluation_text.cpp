#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "orchestrator/record/verdict.hpp"
#include "orchestrator/report/beside_text.hpp"
#include "orchestrator/report/columns.hpp"
#include "orchestrator/report/evaluation.hpp"

namespace segue::report {

namespace {

// The first column to the left and the others to the right.
std::string layout(const std::vector<std::vector<std::string>>& lines) { return in_columns(lines, 1, 3); }

std::string with_error(double mean, double error, int decimals) {
  if (!std::isfinite(mean)) return "-";
  if (!std::isfinite(error)) return fmt::format("{:.{}f}", mean, decimals);
  return fmt::format("{:.{}f} ± {:.{}f}", mean, decimals, error, decimals);
}

std::string plain(double value, int decimals) {
  if (std::isinf(value)) return "no end";
  return std::isfinite(value) ? fmt::format("{:.{}f}", value, decimals) : "-";
}

// One quantity of the table, whatever the mechanism: the figures of the literature have a column where there are some.
class Quantity {
 public:
  Quantity(const char* name, Cell Row::*cell, double scale, const std::vector<Row>& rows)
      : name_(name), cell_(cell), scale_(scale) {
    published_ =
        std::any_of(rows.begin(), rows.end(), [&](const Row& row) { return std::isfinite((row.*cell).reference); });
  }

  void add_heads(std::vector<std::string>& names, std::vector<std::string>& heads) const {
    names.insert(names.end(), {name_, ""});
    heads.insert(heads.end(), {"measured", "analytic"});
    if (!published_) return;
    names.emplace_back();
    heads.emplace_back("paper");
  }

  void add_cells(std::vector<std::string>& line, const Row& row) const {
    const Cell& cell = row.*cell_;
    line.push_back(with_error(cell.measured.mean * scale_, cell.measured.ci95 * scale_, 2));
    line.push_back(plain(cell.expected * scale_, 2));
    if (published_) line.push_back(with_error(cell.reference * scale_, cell.reference_error * scale_, 0));
  }

 private:
  const char* name_;
  Cell Row::*cell_;
  double scale_;
  bool published_;
};

std::string table_text(const Evaluation& evaluation) {
  const std::array quantities{Quantity("completion [ms]", &Row::completion_s, 1e3, evaluation.table),
                              Quantity("lost uplink", &Row::lost_uplink, 1, evaluation.table),
                              Quantity("lost downlink", &Row::lost_downlink, 1, evaluation.table)};
  std::vector<std::vector<std::string>> lines{{""}, {"mechanism"}};
  for (const Quantity& quantity : quantities) quantity.add_heads(lines[0], lines[1]);
  lines[1].emplace_back("handovers");
  for (const Row& row : evaluation.table) {
    std::vector<std::string> line{row.mechanism};
    for (const Quantity& quantity : quantities) quantity.add_cells(line, row);
    line.push_back(row.handovers > 0 ? record::tally(row.clean, row.not_known, row.handovers) : "-");
    lines.push_back(std::move(line));
  }
  return layout(lines);
}

// Of the mechanisms that have a completing step for each direction.
std::string directions_text(const Evaluation& evaluation) {
  std::vector<std::vector<std::string>> lines{
      {"complete by direction", "uplink [ms]", "analytic", "downlink [ms]", "analytic"}};
  for (const Row& row : evaluation.table) {
    const Cell& up = row.completion_uplink_s;
    const Cell& down = row.completion_downlink_s;
    if (up.expected == down.expected || !std::isfinite(up.expected)) continue;
    lines.push_back({row.mechanism, with_error(up.measured.mean * 1e3, up.measured.ci95 * 1e3, 2),
                     plain(up.expected * 1e3, 2), with_error(down.measured.mean * 1e3, down.measured.ci95 * 1e3, 2),
                     plain(down.expected * 1e3, 2)});
  }
  return lines.size() > 1 ? '\n' + layout(lines) : std::string();
}

std::string rate_text(double bits_per_second) {
  return std::isfinite(bits_per_second) ? fmt::format("{:.2f} Mbit/s", bits_per_second / 1e6) : "-";
}

std::string throughput_text(const Evaluation& evaluation) {
  if (evaluation.throughput.empty()) return {};
  std::vector<std::vector<std::string>> lines{{"throughput", "probe", "between handovers", "lowest bin at one"}};
  for (const Throughput& row : evaluation.throughput) {
    lines.push_back({row.mechanism, row.probe, rate_text(row.between_bps.median), rate_text(row.lowest_bps)});
  }
  return '\n' + layout(lines);
}

std::string call_text(const Evaluation& evaluation) {
  std::vector<std::vector<std::string>> lines{
      {"call", "MOS up", "MOS down", "interruption up [ms]", "interruption down [ms]", "jitter up [ms]"}};
  for (const auto& run : evaluation.runs) {
    if (run.probe != "voip" || run.handovers.empty()) continue;
    std::int64_t up = 0;
    std::int64_t down = 0;
    double n = 0;
    for (const auto& card : run.handovers) {
      if (!record::in_means(card.verdict)) continue;
      up += card.uplink.interruption_ns;
      down += card.downlink.interruption_ns;
      ++n;
    }
    lines.push_back({run.mechanism, plain(run.uplink.mos, 2), plain(run.downlink.mos, 2),
                     plain(static_cast<double>(up) / n / 1e6, 1), plain(static_cast<double>(down) / n / 1e6, 1),
                     plain(static_cast<double>(run.uplink.jitter_ns) / 1e6, 3)});
  }
  return lines.size() > 1 ? '\n' + layout(lines) : std::string();
}

// Of the whole call, handover or not.
std::string missed_text(const Evaluation& evaluation) {
  std::vector<std::vector<std::string>> lines{{"missed", "", "place", "cause", "packets"}};
  const auto add = [&](const record::RunResult& run, const char* way, const std::vector<record::Missed>& missed) {
    for (const auto& one : missed) {
      lines.push_back({run.mechanism, way, one.place, to_text(one.cause), std::to_string(one.count)});
    }
  };
  for (const auto& run : evaluation.runs) {
    add(run, "up", run.uplink.missed);
    add(run, "down", run.downlink.missed);
  }
  return lines.size() > 1 ? '\n' + in_columns(lines, 4, 3) : std::string();
}

std::string microseconds(const Summary& summary) {
  return fmt::format("median {:.1f} us, {:.1f} to {:.1f} ({} actions)", summary.median / 1e3, summary.min / 1e3,
                     summary.max / 1e3, summary.n);
}

// The same line through what the literature has of the lab's mechanisms.
Line published_losses_on_completion(const std::vector<Row>& rows) {
  std::vector<double> completion;
  std::vector<double> lost;
  for (const Row& row : rows) {
    if (!std::isfinite(row.completion_s.reference) || !std::isfinite(row.lost_downlink.reference)) continue;
    completion.push_back(row.completion_s.reference);
    lost.push_back(row.lost_downlink.reference);
  }
  return regress(completion, lost);
}

std::string losses_text(const Evaluation& evaluation) {
  const Line& line = evaluation.losses_on_completion;
  if (!std::isfinite(line.intercept)) return {};
  auto text =
      fmt::format("  losses on completion (downlink): {:.2f} packets + {:.2f} per second", line.intercept, line.slope);
  if (std::isfinite(line.r2)) text += fmt::format(", R2 {:.4f}", line.r2);
  const Line published = published_losses_on_completion(evaluation.table);
  if (std::isfinite(published.intercept)) {
    text += fmt::format("; as published {:.2f} packets + {:.2f} per second", published.intercept, published.slope);
  }
  return text + '\n';
}

std::string findings_text(const Evaluation& evaluation) {
  constexpr double visible_ns = 50;  // a tenth of a microsecond; in virtual time an action takes next to nothing
  std::string text = losses_text(evaluation);
  if (evaluation.route_action_netlink_ns.median >= visible_ns) {
    text += "  route actions by netlink: " + microseconds(evaluation.route_action_netlink_ns) + '\n';
  }
  if (evaluation.route_action_command_ns.median >= visible_ns) {
    text += "  route actions by commands: " + microseconds(evaluation.route_action_command_ns) + '\n';
  }
  return text.empty() ? text : '\n' + text;
}

std::string duration_text(const Evaluation& evaluation) {
  const double experiment_s = static_cast<double>(evaluation.experiment_ns) / 1e9;
  const double wall_s = static_cast<double>(evaluation.wall_ns) / 1e9;
  std::string text = fmt::format("{:.1f} s of experiment in {:.1f} s", experiment_s, wall_s);
  if (evaluation.repeatable && wall_s > 0) {
    text += fmt::format(": {:.0f} times faster than real time", experiment_s / wall_s);
  }
  return text;
}

std::string failures_text(const Evaluation& evaluation) {
  std::string text;
  for (const auto& run : evaluation.runs) {
    for (const auto& card : run.handovers) {
      if (card.outcome == record::Outcome::complete) continue;
      text += fmt::format("  failed: {}, {} #{}: {}\n", run.mechanism, run.probe, card.index + 1, card.failure);
    }
    if (none_completed(run)) {
      text += fmt::format("  failed: {}, {}: none of its handovers completed\n", run.mechanism, run.probe);
    }
  }
  for (const auto& failed : evaluation.failed_runs) text += "  failed: " + failed + '\n';
  return text.empty() ? text : '\n' + text;
}

// What of the analytic column to believe.
std::string analysis_text(const Evaluation& evaluation) {
  std::string text;
  if (!evaluation.left_out.empty()) {
    text += fmt::format("  the analytic column leaves out: {}\n", fmt::join(evaluation.left_out, "; "));
  }
  for (const auto& one : evaluation.dead_ends) text += "  no end: " + one + '\n';
  for (const auto& one : evaluation.disagreements) text += "  " + one + '\n';
  return text.empty() ? text : '\n' + text;
}

std::string verdicts_text(const Evaluation& evaluation) {
  std::vector<std::vector<std::string>> lines{{"verdict", "probe", "", "handovers",
                                               "link lateness p50 / p99 / max [us]",
                                               "timer lateness p50 / p99 / max [us]", "idle"}};
  std::string reasons;
  const auto triple = [](const record::Quantiles& q) {
    return fmt::format("{:.0f} / {:.0f} / {:.0f}", static_cast<double>(q.p50) / 1e3, static_cast<double>(q.p99) / 1e3,
                       static_cast<double>(q.max) / 1e3);
  };
  for (const auto& run : evaluation.runs) {
    lines.push_back({run.mechanism, run.probe, to_text(run.verdict), record::tally(run),
                     run.emulator.count > 0 ? triple(run.emulator) : "-", triple(run.timers),
                     fmt::format("{:.0f} %", run.idle_share * 100)});
    for (const auto& card : run.handovers) {
      if (record::in_means(card.verdict)) continue;
      reasons += fmt::format("  tainted: {}, {} #{}: {}\n", run.mechanism, run.probe, card.index + 1,
                             fmt::join(card.reasons, "; "));
    }
    for (const auto& reason : run.reasons) {
      reasons += fmt::format("  {}: {}, {}: {}\n", to_text(run.verdict), run.mechanism, run.probe, reason);
    }
  }
  return '\n' + layout(lines) + reasons;
}

}  // namespace

std::string to_text(const Evaluation& evaluation) {
  const auto by_ipv4 = [](const record::RunResult& run) { return run.family == version_of(Family::ipv4); };
  const bool ipv4 = std::any_of(evaluation.runs.begin(), evaluation.runs.end(), by_ipv4);
  std::string text =
      fmt::format("{}: {}\n  clock {}, links {}, seed {}{}; {}\n\n", evaluation.lab, evaluation.title, evaluation.clock,
                  evaluation.links, evaluation.seed, ipv4 ? ", probes over IPv4" : "", duration_text(evaluation));
  return text + table_text(evaluation) + directions_text(evaluation) + analysis_text(evaluation) +
         findings_text(evaluation) + call_text(evaluation) + missed_text(evaluation) + beside_text(evaluation.table) +
         throughput_text(evaluation) + verdicts_text(evaluation) + failures_text(evaluation);
}

}  // namespace segue::report
