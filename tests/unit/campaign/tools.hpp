// Campaigns on the paper's lab, and runs that need no lab: their results follow from what was asked.
#pragma once

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "orchestrator/campaign/folder.hpp"
#include "orchestrator/campaign/plan.hpp"
#include "orchestrator/campaign/runner.hpp"
#include "tests/unit/config/scratch.hpp"

namespace segue::test {

inline std::filesystem::path paper_lab() { return std::filesystem::path(SEGUE_SOURCE_DIR) / "topologies" / "prompt"; }

// `text` as campaigns/x.toml, on the paper's lab.
inline std::filesystem::path campaign_file(const Scratch& scratch, const std::string& text) {
  return scratch.write("campaigns/x.toml", fmt::format("lab = \"{}\"\n{}", paper_lab().string(), text));
}

inline campaign::Plan plan_of(const Scratch& scratch, const std::string& text, const std::string& clock = "virtual") {
  auto plan = campaign::make_plan(campaign::load_campaign(campaign_file(scratch, text)));
  plan.clock = clock;
  plan.kernel = "none";
  return plan;
}

// Completion 40 ms and a value that the seed and the handover fix; the losses follow from it.
inline record::RunResult made_up_result(const experiment::RunSpec& spec) {
  record::RunResult result{.mechanism = spec.mechanism,
                           .title = spec.mechanism,
                           .probe = std::string(to_text(spec.probe)),
                           .engine = "netem",
                           .seed = spec.seed,
                           .handovers_asked = spec.handovers,
                           .verdict = record::Verdict::clean};
  for (unsigned i = 0; i < spec.handovers; ++i) {
    const auto vary = static_cast<std::int64_t>((spec.seed * 7 + i * 3) % 5);
    record::Scorecard card{.index = i,
                           .slot = i,
                           .verdict = record::Verdict::clean,
                           .mobile = "mn",
                           .from = "ar1",
                           .to = "ar2",
                           .started_ns = i * 1000};
    card.outcome = record::Outcome::complete;
    card.completion_ns = 40'000'000 + vary * 1'000'000 + static_cast<std::int64_t>(spec.mechanism.size()) * 1'000'000;
    card.expected_completion_ns = 42'000'000;
    card.uplink.lost = static_cast<std::uint64_t>(2 + vary);
    card.downlink.lost = static_cast<std::uint64_t>(3 + vary);
    card.steps.push_back({.name = "prepare", .sent_ns = 1, .received_ns = 2, .done_ns = 3});
    result.handovers.push_back(card);
  }
  result.uplink_packets.resize(10);
  result.links.push_back({.link = "mn-ar1", .direction = "mn>ar1"});
  if (spec.probe != experiment::Probe::voip) {
    for (int i = 0; i < 6; ++i)
      result.throughput.push_back({.t_ns = i * 500, .length_ns = 500, .bits_per_second = 1000});
  }
  return result;
}

inline campaign::Perform made_up_runs() {
  return [](const std::vector<experiment::RunSpec>& runs, const experiment::WorkerObserver& observer) {
    for (std::size_t i = 0; i < runs.size(); ++i) observer.ended(i, {.result = made_up_result(runs[i])});
  };
}

inline std::string text_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// Every file under `folder`, by its path in it.
inline std::map<std::string, std::string> files_of(const std::filesystem::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files[std::filesystem::relative(entry.path(), folder)] = text_of(entry.path());
  }
  return files;
}

}  // namespace segue::test
