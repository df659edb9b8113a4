#include "orchestrator/report/files.hpp"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "nodes/base/error.hpp"
#include "orchestrator/files/whole_file.hpp"

namespace segue::report {

namespace {

namespace fs = std::filesystem;

// A scorecard with the run it belongs to: the text is a JSON object, and so is its beginning.
std::string line_of(const record::RunResult& run, const record::Scorecard& card) {
  return fmt::format("{{\"mechanism\":\"{}\",\"probe\":\"{}\",\"seed\":{},\"run_verdict\":\"{}\",{}\n", run.mechanism,
                     run.probe, run.seed, to_text(run.verdict), to_json(card).substr(1));
}

std::string handovers_of(const Evaluation& evaluation) {
  std::string text;
  for (const auto& run : evaluation.runs) {
    for (const auto& card : run.handovers) text += line_of(run, card);
  }
  return text;
}

void add_packets(std::string& text, const char* direction, const std::vector<record::ProbePacket>& packets) {
  for (const auto& packet : packets) {
    const record::PacketFate& fate = packet.fate;
    text += fmt::format("{},{},{},{},{},{},{},{},{},{}\n", direction, packet.sequence, packet.sent_ns,
                        packet.received_ns == 0 ? std::string() : std::to_string(packet.received_ns),
                        fate.cause ? to_text(*fate.cause) : "", fate.place, fate.held_at, fate.copied_at,
                        fate.forwarded_at, fate.reordered ? "yes" : "");
  }
}

std::string wall_of(const Evaluation& evaluation) {
  return fmt::format("{{\"wall_ns\": {}, \"experiment_ns\": {}}}\n", evaluation.wall_ns, evaluation.experiment_ns);
}

std::string csv_of(const record::RunResult& run) {
  if (run.probe == "voip") {
    std::string text =
        "direction,sequence,sent_ns,received_ns,missed,missed_at,held_at,copied_at,forwarded_at,reordered\n";
    add_packets(text, "uplink", run.uplink_packets);
    add_packets(text, "downlink", run.downlink_packets);
    return text;
  }
  std::string text = "t_ns,length_ns,bits_per_second,lost,total\n";
  for (const auto& bin : run.throughput) {
    text += fmt::format("{},{},{},{},{}\n", bin.t_ns, bin.length_ns, bin.bits_per_second, bin.lost, bin.total);
  }
  return text;
}

}  // namespace

ResultsFolder::ResultsFolder(fs::path path) : path_(std::move(path)) {
  std::error_code error;
  if (fs::exists(path_ / "summary.json", error)) {
    throw InputError(fmt::format("--out {}: it holds results already; nothing is overwritten", path_.string()));
  }
  std::vector<fs::path> tried;  // the innermost first
  for (fs::path folder = path_; !folder.empty() && !fs::exists(folder, error); folder = folder.parent_path()) {
    tried.push_back(folder);
  }
  make();
  for (const auto& folder : tried) fs::remove(folder, error);
}

void ResultsFolder::make() const {
  std::error_code error;
  fs::create_directories(path_, error);
  if (error) throw InputError(fmt::format("create {}: {}", path_.string(), error.message()));
}

void ResultsFolder::write(const Evaluation& evaluation) const {
  make();
  files::write_file(path_ / "handovers.jsonl", handovers_of(evaluation));
  for (const auto& run : evaluation.runs) {
    files::write_file(path_ / fmt::format("{}.{}.csv", run.mechanism, run.probe), csv_of(run));
  }
  files::write_file(path_ / "wall.json", wall_of(evaluation));
  files::write_file(path_ / "summary.json", to_json(evaluation));
}

void ResultsFolder::write_metrics(const std::string& open_metrics) const {
  files::write_file(path_ / "metrics.om", open_metrics);
}

}  // namespace segue::report
