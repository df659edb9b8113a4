// The guest kernel, built while the user looks on.
#pragma once

#include <filesystem>
#include <string>

#include "orchestrator/cli/progress.hpp"

namespace segue::cli {

// Throws InputError if one was asked for: in real time there is no guest whose clock could show it.
void refuse_date(const std::string& date);

// Throws as guest::build_kernel() does. Returns where the kernel is.
std::filesystem::path build_kernel_with_progress(const std::filesystem::path& source, Progress& progress);

}  // namespace segue::cli
