#include "tests/system/labs.hpp"

#include <fmt/format.h>

#include <fstream>
#include <iterator>

#include "nodes/base/error.hpp"
#include "tests/system/program.hpp"

namespace segue::test {

namespace fs = std::filesystem;

fs::path endless_lab(const fs::path& folder, const std::string& command) {
  fs::path lab = folder / "prompt";
  fs::copy(lab_folder("prompt"), lab, fs::copy_options::recursive);
  std::ifstream file(lab / "mechanisms" / "prompt-scheduled.toml", std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(file), {});
  const auto replace = [&text](const std::string& old, const std::string& wanted) {
    const auto at = text.find(old);
    if (at == text.npos) throw Error(fmt::format("prompt-scheduled has no {}", old));
    text.replace(at, old.size(), wanted);
  };
  replace("timeout = \"1s\"", "timeout = \"1000s\"");
  replace("name = \"prepare\"\n", fmt::format("name = \"prepare\"\nexecute = \"{}\"\n", command));
  std::ofstream(lab / "mechanisms" / "endless.toml") << text;
  return lab;
}

std::string break_before_make(const std::string& steering) {
  return "[[attached]]\nat = \"" + steering + R"("
route = "tunnel new"
[[attached]]
at = "new"
route = "through"
[[attached]]
at = "mobile"
route = "via new"
[[start]]
at = "mobile"
route = "off"
[[start]]
at = "old"
route = "off"
)";
}

}  // namespace segue::test
