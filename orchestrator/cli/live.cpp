// handover, link: what changes in a lab that is up.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "nodes/base/error.hpp"
#include "nodes/protocol/json.hpp"
#include "orchestrator/cli/commands.hpp"
#include "orchestrator/cli/lab_client.hpp"
#include "orchestrator/cli/output.hpp"
#include "orchestrator/config/impairments.hpp"
#include "orchestrator/record/result.hpp"
#include "orchestrator/report/columns.hpp"

namespace segue::cli {

namespace {

using nlohmann::json;

double ms(std::int64_t ns) { return static_cast<double>(ns) / 1e6; }

std::string direction_text(const char* name, const record::DirectionScore& score) {
  return fmt::format(
      "  {:<10} {} of {} packets lost ({:.2f} expected), interruption {:.1f} ms, {} late, {} reordered, {} "
      "duplicated\n",
      name, score.lost, score.sent, score.expected_lost, ms(score.interruption_ns), score.late, score.reordered,
      score.duplicated);
}

std::string card_text(const record::Scorecard& card) {
  std::string text = fmt::format("{}: {} to {}: {}", card.mobile, card.from, card.to, to_text(card.outcome));
  const auto verdict = fmt::format("  verdict    {}{}{}\n", to_text(card.verdict), card.reasons.empty() ? "" : ": ",
                                   fmt::join(card.reasons, "; "));
  if (card.outcome != record::Outcome::complete) return text + ": " + card.failure + '\n' + verdict;
  text += fmt::format(" in {:.3f} ms ({:.3f} expected), {} messages, {} retransmitted\n", ms(card.completion_ns),
                      ms(card.expected_completion_ns), card.messages, card.retransmissions);
  text += verdict + direction_text("uplink", card.uplink) + direction_text("downlink", card.downlink);
  if (!card.dead_end.empty()) text += "  no end     " + card.dead_end + '\n';
  text += fmt::format("  {:<32} {:>12} {:>12} {:>12}\n", "step", "sent [ms]", "done [ms]", "expected");
  for (const auto& step : card.steps) {
    text += fmt::format("  {:<32} {:>12.3f} {:>12.3f} {:>12.3f}\n", step.name, ms(step.sent_ns), ms(step.done_ns),
                        ms(step.expected_done_ns));
  }
  for (const auto& anomaly : card.anomalies) text += "  anomaly: " + anomaly + '\n';
  return text;
}

std::string links_text(const json& links) {
  std::vector<std::vector<std::string>> rows{
      {"link", "direction", "asked for", "in force", "packets", "lost", "dropped"}};
  for (const auto& link : links) {
    std::vector<std::string> row;
    for (const char* key : {"link", "direction", "requested", "realised"})
      row.push_back(link.at(key).get<std::string>());
    for (const char* key : {"packets", "lost", "dropped"})
      row.push_back(std::to_string(link.at(key).get<std::uint64_t>()));
    rows.push_back(std::move(row));
  }
  return report::in_columns(rows, 4);
}

}  // namespace

int hand_over(const HandoverOptions& options) {
  LabClient client(options.lab);
  const json answer = client.ask({{"verb", "handover"}, {"mechanism", options.mechanism}, {"to", options.to}});
  const json& card = answer.at("scorecard");
  const auto scorecard = record::scorecard_from_json(json_text(card));
  print(options.json ? json_text(card, 2) + '\n' : card_text(scorecard));
  return scorecard.outcome == record::Outcome::complete ? 0 : 1;
}

int change_link(const LinkOptions& options) {
  json set = json::array();
  const auto keys = config::impairment_keys();
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (!options.values[i].empty()) set.push_back({std::string(keys[i].name), options.values[i]});
  }
  LabClient client(options.lab);
  json request = {{"verb", set.empty() ? "links" : "impair"}};
  if (!options.link.empty()) request["link"] = options.link;
  if (!set.empty()) {
    if (options.link.empty()) throw InputError("change a link: say which");
    request["from"] = options.from;
    request["set"] = set;
  }
  const json answer = client.ask(request);
  print(links_text(answer.at("rows")));
  return 0;
}

}  // namespace segue::cli
