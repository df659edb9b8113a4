#include "orchestrator/campaign/store.hpp"

#include <fmt/format.h>

#include <memory>

#include "nodes/base/error.hpp"
#include "orchestrator/campaign/folder.hpp"
#include "orchestrator/campaign/identity.hpp"
#include "orchestrator/campaign/statistics.hpp"
#include "orchestrator/campaign/tables.hpp"
#include "orchestrator/config/document.hpp"

namespace segue::campaign {

namespace {

namespace fs = std::filesystem;

constexpr const char* database_name = "campaign.sqlite";

// Everything is written aside first and put in its place at the end.
class StoreWriter {
 public:
  StoreWriter(const Plan& plan, const CampaignFolder& folder, bool interrupted)
      : plan_(plan), folder_(folder), database_(folder.aside() / database_name), statistics_(plan, interrupted) {
    for (const auto& shape : table_shapes(plan)) {
      names_.push_back(shape.name);
      files_.push_back(std::make_unique<TableFile>(shape, folder.aside() / (shape.name + ".csv"), database_));
    }
  }

  void add(const RunKey& run) {
    const auto result = folder_.load(run);
    statistics_.add(run, result);
    const auto common = run_fields(plan_, run, to_text(result.verdict));
    add(runs, common, run_columns(), result);
    for (const auto& card : result.handovers) {
      add(handovers, common, handover_columns(), card);
      for (std::size_t i = 0; i < card.steps.size(); ++i) add(steps, common, step_columns(), StepRow{card, i});
    }
    for (const auto& bin : result.throughput) add(throughput, common, throughput_columns(), bin);
    for (const auto& link : result.links) add(links, common, link_columns(), link);
  }

  void add(const FailedRun& failed) {
    statistics_.add_failed(failed.run);
    auto row = run_fields(plan_, failed.run, to_text(record::Outcome::failed));
    row.emplace_back(failed.error.substr(0, failed.error.find('\n')));
    row.resize(row.size() + run_columns().size() - 1);
    files_[runs]->add(row);
  }

  Statistics take_statistics() { return std::move(statistics_); }

  void finish() {
    for (const auto& file : files_) file->finish();
    database_.finish();
    for (const auto& name : names_) put(name + ".csv");
    put(database_name);
    folder_.write("statistics.json", to_json(plan_, statistics_));
    folder_.write("README.md", dictionary(plan_, statistics_.interrupted()));
  }

 private:
  enum Table : std::size_t { runs, handovers, throughput, steps, links };

  template <typename Of>
  void add(Table table, const std::vector<Field>& common, const std::vector<ColumnOf<Of>>& columns, const Of& value) {
    auto row = common;
    for (const auto& column : columns) row.push_back(column.get(value));
    files_[table]->add(row);
  }

  void put(const std::string& name) const {
    std::error_code error;
    fs::rename(folder_.aside() / name, folder_.path() / name, error);
    if (error) throw Error(fmt::format("write {}: {}", (folder_.path() / name).string(), error.message()));
  }

  const Plan& plan_;
  const CampaignFolder& folder_;
  Database database_;
  Statistics statistics_;
  std::vector<std::string> names_;
  std::vector<std::unique_ptr<TableFile>> files_;  // before the database in the order of destruction
};

}  // namespace

void copy_inputs(const Plan& plan, const CampaignFolder& folder) {
  const auto& lab = plan.topology.folder;
  const auto copy = [&](const fs::path& from, const fs::path& to) {
    folder.write(fs::path("lab") / plan.topology.name / to, config::read_file(from));
  };
  copy(lab / "topology.toml", "topology.toml");
  for (const auto& mechanism : plan.mechanisms) {
    const auto name = fs::path("mechanisms") / (mechanism.name + ".toml");
    copy(lab / name, name);
  }
  copy(plan.campaign.file, fs::path("campaigns") / plan.campaign.file.filename());
}

fs::path lab_copy(const Plan& plan, const CampaignFolder& folder) { return folder.path() / "lab" / plan.topology.name; }

Statistics write_store(const Plan& plan, const CampaignFolder& folder, const std::vector<FailedRun>& failed,
                       bool interrupted) {
  StoreWriter writer(plan, folder, interrupted);
  const auto finished = folder.finished();
  auto run = finished.begin();
  for (const auto& one : failed) {
    for (; run != finished.end() && *run < one.run; ++run) writer.add(*run);
    writer.add(one);
  }
  for (; run != finished.end(); ++run) writer.add(*run);
  writer.finish();
  return writer.take_statistics();
}

std::string dictionary(const Plan& plan, bool interrupted) {
  std::string text = fmt::format(
      "# {}\n\nA campaign of Segue in the lab {}, on the {} clock.{}\n\n"
      "`campaign.json` is what was asked, `statistics.json` what came out, `lab/` the files it was made from, and "
      "`runs/`\n"
      "each run as it was measured. The tables below are CSV files and, under the same names, tables of `{}`.\n"
      "Times are integers in nanoseconds. An empty field (NULL) is a value there is none of.\n\n"
      "To repeat it, in this folder: `{}`.\n",
      plan.campaign.title, plan.topology.name, plan.clock,
      interrupted ? " It was interrupted: runs are still to come, with `--resume`." : "", database_name,
      command_of(plan));
  for (const auto& shape : table_shapes(plan)) {
    text +=
        fmt::format("\n## {}\n\n{}\n\n| column | type | meaning |\n| --- | --- | --- |\n", shape.name, shape.meaning);
    for (const auto& column : shape.columns) {
      text += fmt::format("| `{}` | {} | {} |\n", column.name, column.type, column.meaning);
    }
  }
  return text;
}

}  // namespace segue::campaign
