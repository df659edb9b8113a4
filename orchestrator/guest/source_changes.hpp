// What is changed in the source of the guest kernel before it is built. Internal to this folder.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace segue::guest {

// A text of the file that is there once, or in some 6.12 not yet, and what comes in its place.
struct SourceChange {
  std::string file;  // from the top of the source
  std::string from;
  std::string to;
  bool may_lack = false;
};

const std::vector<SourceChange>& source_changes();

// Throws Error naming the file, if a text is not there (unless it may lack) or not once: the source is of another
// kernel.
void apply_source_changes(const std::filesystem::path& tree);

}  // namespace segue::guest
