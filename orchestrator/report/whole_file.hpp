// Files that are read and written in one piece.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace segue::report {

// Throws Error naming the file.
std::string read_file(const std::filesystem::path& path);

// Written aside and renamed: there is a whole one or none. Throws Error naming the file.
void write_file(const std::filesystem::path& path, std::string_view text);

}  // namespace segue::report
