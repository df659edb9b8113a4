// What is changed in the source of the guest kernel before it is built. Internal to this folder.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace segue::guest {

// A text of the file that is there once, and what comes in its place.
struct SourceChange {
  std::string file;  // from the top of the source
  std::string from;
  std::string to;
};

const std::vector<SourceChange>& source_changes();

// Throws Error naming the file, if a text is not there or not once: the source is of another kernel.
void apply_source_changes(const std::filesystem::path& tree);

}  // namespace segue::guest
