// Files that are read and written in one piece.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace segue::files {

// For what this program wrote itself; config::read_file() is for what a user did. Throws Error naming the file.
std::string read_file(const std::filesystem::path& path);

// Written aside (PATH.part), put on disk, and renamed: there is a whole one or none, whatever ends the program or the
// machine. Throws Error naming the file, and leaves no part of it.
void write_file(const std::filesystem::path& path, std::string_view text);

}  // namespace segue::files
