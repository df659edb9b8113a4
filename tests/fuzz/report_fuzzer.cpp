// Feeds libFuzzer's inputs to what a report reads: the summary of a run, and the tables and JSON of a campaign. The page
// gets its data, which are JSON, or there is an Error.
//
// An input is a folder in one text: lines "== NAME" begin its files. Those of a name that no report reads are left out.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "nodes/base/error.hpp"
#include "nodes/protocol/json.hpp"
#include "orchestrator/report/report_data.hpp"
#include "tests/fuzz/memory_file.hpp"

namespace {

using namespace segue;
namespace fs = std::filesystem;

constexpr std::array names{"summary.json",  "campaign.json",  "statistics.json", "runs.csv",
                           "handovers.csv", "throughput.csv", "steps.csv",       "links.csv"};

// Links to files in memory, below the harness's own folder.
class Folder {
 public:
  Folder() {
    fs::remove_all(path_);
    fs::create_directory(path_);
    for (const auto* name : names) fs::create_symlink(files_[name].path(), path_ / name);
  }

  const fs::path& path() const { return path_; }

  void hold(std::string_view text) {
    for (auto& [name, file] : files_) file.hold(part(text, name));
  }

 private:
  static std::string_view part(std::string_view text, const std::string& name) {
    const std::string mark = "== " + name + '\n';
    const auto begin = text.find(mark);
    if (begin == text.npos) return {};
    text.remove_prefix(begin + mark.size());
    return text.substr(0, std::min(text.find("== "), text.size()));
  }

  fs::path path_ = "folder";
  std::map<std::string, fuzz::MemoryFile> files_;
};

template <typename Read>
void read(Read data_of, const fs::path& folder) {
  std::string data;
  try {
    data = data_of(folder);
  } catch (const Error&) {
    return;
  }
  (void)parse_json(data);
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls it by this name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Folder folder;
  folder.hold(fuzz::text_of(data, size));
  read(report::run_data, folder.path());
  read(report::campaign_data, folder.path());
  return 0;
}
