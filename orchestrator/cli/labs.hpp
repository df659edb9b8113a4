// Finding a lab by its name.
#pragma once

#include <filesystem>
#include <string>

namespace segue::cli {

// A path, or the name of a folder under `topologies/`: in this folder, beside the build, or where Segue is installed.
// Throws InputError with the labs there are.
std::filesystem::path find_lab(const std::string& lab);

}  // namespace segue::cli
