#include "tests/agreement/random_lab.hpp"

#include <fstream>

#include "tests/agreement/random_mechanism.hpp"

namespace segue::test {

namespace {

void write(const std::filesystem::path& file, const std::string& text) { std::ofstream(file) << text; }

}  // namespace

RandomLab draw_lab(std::uint64_t seed) {
  Dice dice(seed);
  const RandomTopology topology = draw_topology(dice);
  return {.seed = seed,
          .topology = topology.text,
          .mechanism = draw_mechanism(dice, topology.nodes),
          .access_routers = static_cast<unsigned>(topology.nodes.access.size())};
}

void write_lab(const RandomLab& lab, const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder / "mechanisms");
  write(folder / "topology.toml", lab.topology);
  write(folder / "mechanisms" / "random.toml", lab.mechanism);
}

}  // namespace segue::test
