// Virtual runs and what they leave.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "tests/system/program.hpp"

namespace segue::test {

using Results = std::map<std::string, std::string>;  // name and content of every file, but wall.json

Results results_in(const std::filesystem::path& folder);

// The names of the files that differ, or that only one has; empty if the results are the same bytes.
std::string differences(const Results& a, const Results& b);

// `segue run LAB --clock virtual --out OUT WORDS…`; fails the test if it does not end with 0.
Outcome run_virtual(const std::filesystem::path& lab, const std::filesystem::path& out, const Command& words,
                    const Surroundings& surroundings = {});

// `segue campaign FILE --clock virtual --out OUT MORE…`.
Command campaign_command(const std::filesystem::path& file, const std::filesystem::path& out, const Command& more = {});

// campaigns/small.toml under `folder`: the paper's lab, two mechanisms, two delays of the domain and two repetitions,
// which are eight runs; with `more` before its matrix.
std::filesystem::path small_campaign(const std::filesystem::path& folder, const std::string& more = {});

// A copy of the paper's lab under `folder`, whose link to the correspondent loses two packets of a hundred.
std::filesystem::path lossy_lab(const std::filesystem::path& folder);

}  // namespace segue::test
