#include "orchestrator/report/whole_file.hpp"

#include <fmt/format.h>

#include <fstream>
#include <sstream>

#include "nodes/base/error.hpp"

namespace segue::report {

namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) throw Error(fmt::format("read {}: is it there, and yours to read?", path.string()));
  return std::move(text).str();
}

void write_file(const fs::path& path, std::string_view text) {
  const fs::path aside = path.string() + ".part";
  {
    std::ofstream file(aside, std::ios::binary);
    file << text;
    file.flush();
    if (!file) {
      std::error_code ignored;
      fs::remove(aside, ignored);
      throw Error(fmt::format("write {}: is the disk full, or the folder not yours?", path.string()));
    }
  }
  fs::rename(aside, path);
}

}  // namespace segue::report
