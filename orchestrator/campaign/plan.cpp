#include "orchestrator/campaign/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <random>

#include "nodes/base/error.hpp"
#include "nodes/base/units.hpp"

namespace segue::campaign {

experiment::RunSpec spec_of(const Plan& plan, const RunKey& run) {
  const Cell& cell = plan.cells.at(run.cell);
  return {.lab = plan.campaign.lab,
          .mechanism = plan.mechanisms.at(cell.mechanism).name,
          .probe = cell.probe,
          .family = plan.campaign.family,
          .handovers = plan.campaign.handovers,
          .interval = cell.interval,
          .links = lab::parse_link_choice(plan.campaign.links),
          .seed = seed_of(plan, run),
          .overrides = cell.overrides,
          .mechanism_overrides = cell.mechanism_overrides};
}

std::uint64_t seed_of(const Plan& plan, const RunKey& run) { return plan.campaign.seed + run.repetition - 1; }

std::string to_text(const RunKey& run) {
  const auto text = fmt::format("c{:03}-r{:02}", run.cell, run.repetition);
  return run.last ? text : fmt::format("{}-t{}", text, run.attempt + 1);
}

std::optional<RunKey> run_named(std::string_view text) {
  const std::string_view whole = text;
  const auto number = [&text](std::string_view before, auto& value) {
    if (!text.starts_with(before)) return false;
    text.remove_prefix(before.size());
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{}) return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return true;
  };
  RunKey run;
  if (!number("c", run.cell) || !number("-r", run.repetition)) return std::nullopt;
  if (!text.empty()) {
    if (!number("-t", run.attempt) || run.attempt == 0) return std::nullopt;
    --run.attempt;
    run.last = false;
  }
  if (to_text(run) != whole) return std::nullopt;
  return run;
}

std::string describe(const Plan& plan, std::size_t index) {
  const Cell& cell = plan.cells.at(index);
  std::string text = fmt::format("{}, {}", plan.mechanisms.at(cell.mechanism).name, experiment::to_text(cell.probe));
  for (std::size_t i = 0; i < plan.parameters.size(); ++i) {
    text += fmt::format(", {} {}", plan.parameters[i], cell.values[i]);
  }
  return text;
}

void put_in_order(const Plan& plan, std::vector<RunKey>& runs) {
  std::sort(runs.begin(), runs.end());
  if (!plan.campaign.random_order) return;
  std::mt19937_64 random(plan.campaign.seed);
  // Not std::shuffle: what it draws differs between standard libraries.
  for (std::size_t i = runs.size(); i > 1; --i) std::swap(runs[i - 1], runs[random() % i]);
}

Quantity quantity_of(std::string_view parameter, const std::string& text) {
  const auto dot = parameter.rfind('.');
  const std::string_view key = dot == std::string_view::npos ? parameter : parameter.substr(dot + 1);
  const auto is = [key](auto... names) { return ((key == names) || ...); };
  try {
    if (is("delay", "jitter", "timeout", "retry-after"))
      return {static_cast<double>(parse_delay(text).count()) / 1e9, "s"};
    if (is("loss", "reorder", "duplicate", "corrupt")) return {parse_probability(text).value, "1"};
    if (is("rate")) return {static_cast<double>(parse_rate(text).bits_per_second), "bit/s"};
  } catch (const UnitError&) {
    return {};  // the topology's reader has its say about it
  }
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return {};
  return {number, is("mtu") ? "bytes" : ""};
}

}  // namespace segue::campaign
