#include "orchestrator/cli/campaign_metrics.hpp"

#include <fmt/format.h>

#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "nodes/base/error.hpp"
#include "nodes/protocol/json.hpp"
#include "orchestrator/campaign/folder.hpp"
#include "orchestrator/cli/live_metrics.hpp"
#include "orchestrator/files/whole_file.hpp"
#include "orchestrator/guest/boot.hpp"
#include "orchestrator/record/verdict.hpp"
#include "orchestrator/report/openmetrics.hpp"

namespace segue::cli {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

std::string label_of(const json& campaign, std::size_t cell) {
  std::string label = campaign.at("lab");
  for (const auto& one : campaign.at("cells")) {
    if (one.at("cell") != cell) continue;
    for (const auto& [name, value] : one.at("parameters").items()) {
      label += fmt::format(" {}={}", name, value.get<std::string>());
    }
  }
  return label;
}

// How the lab was when the run was over.
record::Sample sample_of(const json& campaign, const record::RunResult& run) {
  record::Sample sample{.with_call = run.probe == "voip",
                        .uplink = run.uplink,
                        .downlink = run.downlink,
                        .emulator = run.emulator,
                        .timers = run.timers,
                        .idle_share = run.idle_share,
                        .verdict = record::judgement_of(run),
                        .links = run.links};
  if (!run.throughput.empty()) {
    record::ThroughputTotals flow{.probe = run.probe, .bits_per_second = run.throughput.back().bits_per_second};
    for (const auto& bin : run.throughput) flow.bytes += record::bytes_in(bin);
    sample.throughput.push_back(flow);
  }
  for (const auto& node : campaign.at("topology").at("nodes")) {
    sample.nodes.push_back({node.at("name").get<std::string>(), node.at("role").get<std::string>(), true});
    if (node.at("role") == "access-router") sample.routers.push_back(node.at("name"));
  }
  if (!run.handovers.empty()) {
    sample.mobile = run.handovers.back().mobile;
    sample.attached = run.handovers.back().to;
  }
  return sample;
}

// One cell's runs, one after another.
class Cell {
 public:
  Cell(const json& campaign, const std::string& label, report::OpenMetrics& log)
      : campaign_(campaign), metrics_(label), log_(log) {}

  void add(const record::RunResult& run) {
    for (const auto& card : run.handovers) {
      const std::int64_t ended_ns = origin_ns_ + card.started_ns + card.completion_ns;
      metrics_.handover(run.mechanism, run.probe == "voip", card, static_cast<double>(ended_ns) / 1e9);
      log_.add(ended_ns, metrics_.snapshot());
    }
    origin_ns_ += run.experiment_ns;
    metrics_.sample(run_++, run.mechanism, sample_of(campaign_, run));
    log_.add(origin_ns_, metrics_.snapshot());
  }

 private:
  const json& campaign_;
  LiveMetrics metrics_;
  report::OpenMetrics& log_;
  std::size_t run_ = 0;
  std::int64_t origin_ns_ = guest::results_begin_s * 1'000'000'000;
};

}  // namespace

std::string campaign_metrics(const fs::path& folder) {
  try {
    const json campaign = parse_json(files::read_file(folder / "campaign.json"));
    report::OpenMetrics log;
    std::map<std::string, std::unique_ptr<Cell>> cells;  // by label: mechanisms and probes share one
    for (const auto& run : campaign::finished_runs(folder)) {
      const std::string label = label_of(campaign, run.cell);
      auto& cell = cells[label];
      if (!cell) cell = std::make_unique<Cell>(campaign, label, log);
      cell->add(campaign::load_result(folder / "runs" / to_text(run) / "result.json"));
    }
    if (cells.empty()) throw InputError(fmt::format("view {}: no run of this campaign is over yet", folder.string()));
    return log.text();
  } catch (const json::exception& error) {
    throw InputError(fmt::format("view {}: its campaign.json is none: {}", folder.string(), error.what()));
  }
}

}  // namespace segue::cli
