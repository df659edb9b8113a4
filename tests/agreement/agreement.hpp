// One random lab: run in virtual time and held to its analysis, packet by packet.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "orchestrator/config/mechanism.hpp"
#include "orchestrator/config/topology.hpp"

namespace segue::test {

struct Agreement {
  std::size_t handovers = 0;
  std::size_t packets = 0;
  std::size_t lost = 0;
  std::size_t duplicated = 0;
  std::size_t reordered = 0;
  std::size_t buffered = 0;
  bool outage_without_end = false;
  std::vector<std::string> differences;  // empty: they agree
};

// Whether the analysis takes the lab; a mechanism drawn at random may not end in what it calls attached.
bool is_accepted(const std::filesystem::path& lab);

// What its call goes by: IPv6, or in a lab with IPv4 that for every other seed.
Family family_of(const config::Topology& topology, std::uint64_t seed);

// The words of `segue run` for it.
std::vector<std::string> run_words(const std::filesystem::path& lab, const std::filesystem::path& out,
                                   std::uint64_t seed);

// What such a run left in `out`, held to what the analysis says of every handover and every packet.
Agreement held_to_analysis(const std::filesystem::path& lab, const std::filesystem::path& out, std::uint64_t seed);

}  // namespace segue::test
