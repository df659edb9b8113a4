#include "orchestrator/cli/labs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "nodes/base/error.hpp"

namespace segue::cli {

namespace {

namespace fs = std::filesystem;

// Where a folder of the sources may be: in this folder, beside the build, or where Segue is installed.
std::vector<fs::path> places_of(const char* folder) {
  const fs::path here = fs::read_symlink("/proc/self/exe").parent_path();
  return {fs::current_path() / folder, here.parent_path().parent_path() / folder,
          here.parent_path() / "share" / "segue" / folder};
}

bool holds_lab(const fs::path& folder) {
  std::error_code error;
  return fs::is_regular_file(folder / "topology.toml", error);
}

}  // namespace

fs::path find_lab(const std::string& lab) {
  std::error_code error;
  if (fs::is_regular_file(lab, error)) return fs::absolute(lab);
  if (holds_lab(lab)) return fs::absolute(lab);
  std::vector<std::string> known;
  for (const fs::path& shelf : places_of("topologies")) {
    if (holds_lab(shelf / lab)) return fs::absolute(shelf / lab);
    for (const auto& entry : fs::directory_iterator(shelf, error)) {
      if (holds_lab(entry.path())) known.push_back(entry.path().filename().string());
    }
  }
  std::sort(known.begin(), known.end());
  known.erase(std::unique(known.begin(), known.end()), known.end());
  throw InputError(
      fmt::format("no lab \"{}\": neither a folder with a topology.toml nor one of {}", lab,
                  known.empty() ? "the labs that come with Segue" : fmt::format("{}", fmt::join(known, ", "))));
}

fs::path find_dashboards() {
  std::error_code error;
  std::vector<std::string> tried;
  for (const fs::path& place : places_of("dashboards")) {
    if (fs::is_regular_file(place / "prometheus" / "rules.yml", error)) return fs::absolute(place);
    tried.push_back(place.string());
  }
  throw Error(fmt::format("find the dashboards: there is no prometheus/rules.yml in {}", fmt::join(tried, ", ")));
}

}  // namespace segue::cli
