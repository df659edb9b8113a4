#include "orchestrator/report/evaluation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "orchestrator/record/fields.hpp"
#include "orchestrator/report/disagreement.hpp"

namespace segue::report {

namespace {

using config::Mechanism;
using record::RunResult;
using record::Scorecard;

constexpr double none = std::numeric_limits<double>::quiet_NaN();

// One quantity: what was measured of every complete handover that is not tainted, and what the analysis says of these.
// Where there is none, what it says of all.
struct Compared {
  std::vector<double> measured;
  RunningMean expected;
  RunningMean expected_of_all;

  void look_at(double analysis) { expected_of_all.add(analysis); }
  void take(double value, double analysis) {
    measured.push_back(value);
    expected.add(analysis);
  }
  double analysis() const { return measured.empty() ? expected_of_all.value() : expected.value(); }
};

struct Samples {
  Compared completion_s;
  Compared completion_uplink_s;
  Compared completion_downlink_s;
  Compared lost_uplink;
  Compared lost_downlink;
};

Cell cell(const Compared& compared, std::optional<double> reference, double error) {
  return {.measured = summarise(compared.measured),
          .expected = compared.analysis(),
          .reference = reference.value_or(none),
          .reference_error = reference ? error : none};
}

double seconds(std::int64_t ns) { return static_cast<double>(ns) / 1e9; }
double seconds(Nanoseconds time) { return seconds(time.count()); }

Row row_of(const Mechanism& mechanism, const std::vector<RunResult>& runs, Samples& samples) {
  Row row{.mechanism = mechanism.name, .title = mechanism.title};
  for (const RunResult& run : runs) {
    if (run.mechanism != mechanism.name) continue;
    for (const Scorecard& card : run.handovers) {
      const double completion = static_cast<double>(card.expected_completion_ns) / 1e9;
      samples.completion_s.look_at(completion);
      samples.completion_uplink_s.look_at(seconds(card.uplink.expected_completion_ns));
      samples.completion_downlink_s.look_at(seconds(card.downlink.expected_completion_ns));
      samples.lost_uplink.look_at(card.uplink.expected_lost);
      samples.lost_downlink.look_at(card.downlink.expected_lost);
      ++row.handovers;
      row.clean += card.verdict == record::Verdict::clean ? 1 : 0;
      row.not_known += card.verdict == record::Verdict::not_known ? 1 : 0;
      if (!record::in_means(card.verdict)) {
        ++row.tainted;
      } else if (card.outcome != record::Outcome::complete) {
        ++row.failed;
      } else {
        samples.completion_s.take(static_cast<double>(card.completion_ns) / 1e9, completion);
        samples.completion_uplink_s.take(seconds(card.uplink.completion_ns),
                                         seconds(card.uplink.expected_completion_ns));
        samples.completion_downlink_s.take(seconds(card.downlink.completion_ns),
                                           seconds(card.downlink.expected_completion_ns));
        if (run.probe != "voip") continue;
        samples.lost_uplink.take(static_cast<double>(card.uplink.lost), card.uplink.expected_lost);
        samples.lost_downlink.take(static_cast<double>(card.downlink.lost), card.downlink.expected_lost);
      }
    }
  }
  const config::Reference& reference = mechanism.reference;
  const auto published = reference.completion ? std::optional(seconds(*reference.completion)) : std::nullopt;
  row.completion_s = cell(samples.completion_s, published, seconds(reference.completion_error));
  row.completion_uplink_s = cell(samples.completion_uplink_s, std::nullopt, none);
  row.completion_downlink_s = cell(samples.completion_downlink_s, std::nullopt, none);
  row.lost_uplink = cell(samples.lost_uplink, reference.lost_uplink, reference.lost_uplink_error);
  row.lost_downlink = cell(samples.lost_downlink, reference.lost_downlink, reference.lost_downlink_error);
  return row;
}

// Of the calls alone, which the analysis is of.
std::vector<Beside> beside_analysis(const Mechanism& mechanism, const std::vector<RunResult>& runs) {
  std::vector<Beside> all;
  const auto add = [&](const record::Analysed& figure, const char* direction, record::DirectionScore Scorecard::*way) {
    RunningMean measured;
    RunningMean expected;
    for (const RunResult& run : runs) {
      if (run.mechanism != mechanism.name || run.probe != "voip") continue;
      for (const Scorecard& card : run.handovers) {
        if (!record::in_means(card.verdict) || card.outcome != record::Outcome::complete) continue;
        std::visit([&](const auto member) { measured.add(static_cast<double>((card.*way).*member)); }, figure.measured);
        expected.add((card.*way).*figure.expected);
      }
    }
    if (std::isnan(measured.value())) return;
    const double scale = figure.time ? 1e-6 : 1;
    all.push_back(
        {figure.name, direction, figure.time ? "ms" : "", measured.value() * scale, expected.value() * scale});
  };
  for (const auto& figure : record::analysed_figures) {
    add(figure, "up", &Scorecard::uplink);
    add(figure, "down", &Scorecard::downlink);
  }
  return all;
}

constexpr std::int64_t recovery_ns = 2'000'000'000;  // what TCP needs after a handover

// Whether any of a bin lies between a handover's start and the recovery from it; after a tainted one the mobile is put
// back when its window is over.
bool touches(const Scorecard& card, const record::ThroughputBin& bin) {
  const std::int64_t end = record::in_means(card.verdict) ? card.started_ns + card.completion_ns
                                                          : std::max(card.window_end_ns, card.started_ns);
  return bin.t_ns < end + recovery_ns && bin.t_ns + bin.length_ns > card.started_ns;
}

Throughput throughput_of(const RunResult& run) {
  Throughput result{.mechanism = run.mechanism, .probe = run.probe, .lowest_bps = none};
  std::vector<double> between;
  for (std::size_t i = 0; i < run.throughput.size(); ++i) {
    const auto& bin = run.throughput[i];
    const auto rate = static_cast<double>(bin.bits_per_second);
    const bool slow_start = bin.t_ns < recovery_ns;
    const bool last = i + 1 == run.throughput.size();  // cut short by the end of the flow
    bool touched = false;
    bool disturbed = false;
    for (const Scorecard& card : run.handovers) {
      if (!touches(card, bin)) continue;
      touched = true;
      disturbed = disturbed || !record::in_means(card.verdict);
    }
    if (disturbed) continue;
    if (touched) {
      result.lowest_bps = std::isnan(result.lowest_bps) ? rate : std::min(result.lowest_bps, rate);
    } else if (!slow_start && !last) {
      between.push_back(rate);
    }
  }
  result.between_bps = summarise(between);
  return result;
}

// Each once, in the order in which they come.
std::vector<std::string> dead_ends(const std::vector<RunResult>& runs) {
  std::vector<std::string> all;
  for (const RunResult& run : runs) {
    for (const Scorecard& card : run.handovers) {
      if (card.dead_end.empty()) continue;
      const auto text = fmt::format("{}, {} to {}: {}", run.mechanism, card.from, card.to, card.dead_end);
      if (std::find(all.begin(), all.end(), text) == all.end()) all.push_back(text);
    }
  }
  return all;
}

// Losses of the downlink over completion: the direction whose outage every mechanism ends with its completion.
Line losses_on_completion(const std::vector<RunResult>& runs) {
  std::vector<double> completion;
  std::vector<double> lost;
  for (const RunResult& run : runs) {
    if (run.probe != "voip") continue;
    for (const Scorecard& card : run.handovers) {
      if (card.outcome != record::Outcome::complete || !record::in_means(card.verdict)) continue;
      completion.push_back(static_cast<double>(card.completion_ns) / 1e9);
      lost.push_back(static_cast<double>(card.downlink.lost));
    }
  }
  return regress(completion, lost);
}

}  // namespace

bool none_completed(const RunResult& run) {
  return !run.handovers.empty() && std::none_of(run.handovers.begin(), run.handovers.end(), [](const Scorecard& card) {
    return card.outcome == record::Outcome::complete;
  });
}

void evaluate(Evaluation& evaluation, const std::vector<Mechanism>& mechanisms) {
  std::vector<double> netlink;
  std::vector<double> command;
  for (const Mechanism& mechanism : mechanisms) {
    Samples samples;
    evaluation.table.push_back(row_of(mechanism, evaluation.runs, samples));
    evaluation.table.back().beside = beside_analysis(mechanism, evaluation.runs);
    auto& actions = mechanism.routes_by_ip ? command : netlink;
    for (const RunResult& run : evaluation.runs) {
      if (run.mechanism != mechanism.name) continue;
      for (const Scorecard& card : run.handovers) {
        if (!record::in_means(card.verdict)) continue;
        for (const auto ns : card.route_actions_ns) actions.push_back(static_cast<double>(ns));
      }
    }
  }
  evaluation.dead_ends = dead_ends(evaluation.runs);
  evaluation.disagreements = disagreements(evaluation);
  evaluation.route_action_netlink_ns = summarise(netlink);
  evaluation.route_action_command_ns = summarise(command);
  for (const RunResult& run : evaluation.runs) {
    evaluation.experiment_ns += run.experiment_ns;
    if (!run.throughput.empty()) evaluation.throughput.push_back(throughput_of(run));
  }
  evaluation.losses_on_completion = losses_on_completion(evaluation.runs);
}

}  // namespace segue::report
