#include "orchestrator/files/whole_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <sstream>

#include "nodes/base/error.hpp"
#include "nodes/base/fd.hpp"

namespace segue::files {

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
  const auto attempt = "write " + path.string();
  try {
    const Fd file(check(::open(aside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666), attempt));
    while (!text.empty())
      text.remove_prefix(static_cast<std::size_t>(check(::write(file.get(), text.data(), text.size()), attempt)));
    check(::fsync(file.get()), attempt);
    check(::rename(aside.c_str(), path.c_str()), attempt);
  } catch (const Error&) {
    ::unlink(aside.c_str());
    throw;
  }
}

}  // namespace segue::files
