// Finding what comes with Segue: labs by their names, the dashboards.
#pragma once

#include <filesystem>
#include <string>

namespace segue::cli {

// A path, or the name of a folder under `topologies/`: in this folder, beside the build, or where Segue is installed.
// Throws InputError with the labs there are.
std::filesystem::path find_lab(const std::string& lab);

// The folder with the dashboards, the rules and Grafana's provisioning. Throws Error.
std::filesystem::path find_dashboards();

}  // namespace segue::cli
