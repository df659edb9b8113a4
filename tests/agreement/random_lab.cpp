#include "tests/agreement/random_lab.hpp"

#include <fstream>

#include "tests/agreement/random_mechanism.hpp"

namespace segue::test {

namespace {

void write(const std::filesystem::path& file, const std::string& text) { std::ofstream(file) << text; }

}  // namespace

RandomLab draw_lab(std::uint64_t seed) {
  Dice dice(seed);
  RandomTopology topology = draw_topology(dice);
  std::string mechanism = draw_mechanism(dice, topology.nodes);
  // Last, so that a lab with IPv4 is the one that it would be without.
  if (dice.chance(0.5)) topology.text = "[addressing]\nipv4 = \"10.0.0.0/8\"\n\n" + topology.text;
  return {.seed = seed,
          .topology = std::move(topology.text),
          .mechanism = std::move(mechanism),
          .access_routers = static_cast<unsigned>(topology.nodes.access.size())};
}

void write_lab(const RandomLab& lab, const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder / "mechanisms");
  write(folder / "topology.toml", lab.topology);
  write(folder / "mechanisms" / "random.toml", lab.mechanism);
}

}  // namespace segue::test
