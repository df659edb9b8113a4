#include "tests/virtual/run/results.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>

#include "nodes/base/error.hpp"

namespace segue::test {

namespace {

namespace fs = std::filesystem;

std::string content(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

}  // namespace

Results results_in(const fs::path& folder) {
  Results results;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = fs::relative(entry.path(), folder);
    if (name == "wall.json") continue;
    results[name] = entry.is_directory() ? "folder" : content(entry.path());
  }
  return results;
}

std::string differences(const Results& a, const Results& b) {
  std::string names;
  for (const auto& [name, text] : a) {
    const auto other = b.find(name);
    if (other == b.end() || other->second != text) names += name + ' ';
  }
  for (const auto& [name, text] : b) {
    if (!a.contains(name)) names += name + ' ';
  }
  return names;
}

Outcome run_virtual(const fs::path& lab, const fs::path& out, const Command& words, const Surroundings& surroundings) {
  Command command{"run", lab, "--clock", "virtual", "--out", out};
  command.insert(command.end(), words.begin(), words.end());
  Outcome outcome = run_segue(command, surroundings);
  INFO(outcome.err);
  REQUIRE(outcome.exit_code == 0);
  return outcome;
}

Command campaign_command(const fs::path& file, const fs::path& out, const Command& more) {
  Command command = segue_with({"campaign", file, "--clock", "virtual", "--out", out});
  command.insert(command.end(), more.begin(), more.end());
  return command;
}

fs::path small_campaign(const fs::path& folder, const std::string& more) {
  fs::create_directories(folder / "campaigns");
  auto file = folder / "campaigns" / "small.toml";
  std::ofstream(file) << "lab = \"" << lab_folder("prompt").string() << "\"\n"
                      << more << "mechanisms = [\"prompt-scheduled\", \"prompt-unscheduled\"]\nprobes = [\"voip\"]\n"
                      << "handovers = 2\ninterval = \"2s\"\nrepetitions = 2\n"
                      << "[groups]\ndomain = [\"map-ar1\", \"map-ar2\"]\n"
                      << "[sweep]\nlinks.domain.delay = [\"5ms\", \"10ms\"]\n";
  return file;
}

fs::path lossy_lab(const fs::path& folder) {
  fs::path lab = folder / "prompt";
  fs::copy(lab_folder("prompt"), lab, fs::copy_options::recursive);
  std::string text = content(lab / "topology.toml");
  const std::string ends = "between = [\"cn\", \"inet\"]\n";
  const auto at = text.find(ends);
  if (at == text.npos) throw Error("the paper's lab has no link between cn and inet");
  text.insert(at + ends.size(), "loss = \"2%\"\n");
  std::ofstream(lab / "topology.toml") << text;
  return lab;
}

}  // namespace segue::test
