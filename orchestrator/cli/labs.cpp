#include "orchestrator/cli/labs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "nodes/base/error.hpp"

namespace segue::cli {

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> shelves() {
  const fs::path here = fs::read_symlink("/proc/self/exe").parent_path();
  return {fs::current_path() / "topologies", here.parent_path().parent_path() / "topologies",
          here.parent_path() / "share" / "segue" / "topologies"};
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
  for (const fs::path& shelf : shelves()) {
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

}  // namespace segue::cli
