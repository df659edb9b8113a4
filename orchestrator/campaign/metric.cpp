#include "orchestrator/campaign/metric.hpp"

namespace segue::campaign {

std::string_view to_text(Metric metric) {
  switch (metric) {
    case Metric::completion:
      return "completion";
    case Metric::lost_uplink:
      return "lost-uplink";
    case Metric::lost_downlink:
      return "lost-downlink";
    case Metric::interruption_uplink:
      return "interruption-uplink";
    case Metric::interruption_downlink:
      return "interruption-downlink";
  }
  return "";
}

std::optional<Metric> metric_named(std::string_view text) {
  for (const Metric metric : metrics) {
    if (to_text(metric) == text) return metric;
  }
  return std::nullopt;
}

bool is_time(Metric metric) { return metric != Metric::lost_uplink && metric != Metric::lost_downlink; }

std::optional<double> value_of(Metric metric, std::string_view probe, const record::Scorecard& card) {
  if (card.outcome != record::Outcome::complete) return std::nullopt;
  if (metric == Metric::completion) return static_cast<double>(card.completion_ns) / 1e9;
  if (probe != "voip") return std::nullopt;
  switch (metric) {
    case Metric::lost_uplink:
      return static_cast<double>(card.uplink.lost);
    case Metric::lost_downlink:
      return static_cast<double>(card.downlink.lost);
    case Metric::interruption_uplink:
      return static_cast<double>(card.uplink.interruption_ns) / 1e9;
    default:
      return static_cast<double>(card.downlink.interruption_ns) / 1e9;
  }
}

}  // namespace segue::campaign
