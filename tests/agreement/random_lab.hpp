// A lab and a mechanism nobody thought of: drawn from a seed, and the same from the same seed everywhere.
//
// Trees, stars and meshes of routers; two to four access routers; one to three correspondents; an anchor and a home
// agent, or not, near or far; delays over four orders of magnitude, different by direction; IPv4 beside IPv6, or not. The mechanism is a sequence
// of messages on both layers between any nodes, whose steps are done with route actions of every word at the nodes that
// can do them, and which ends in what it calls attached. Whether packets get anywhere meanwhile is not its care.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace segue::test {

struct RandomLab {
  std::uint64_t seed = 0;
  std::string topology;   // topology.toml
  std::string mechanism;  // mechanisms/random.toml
  unsigned access_routers = 0;
};

RandomLab draw_lab(std::uint64_t seed);

void write_lab(const RandomLab& lab, const std::filesystem::path& folder);

}  // namespace segue::test
