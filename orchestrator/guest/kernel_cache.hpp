// The folders of the kernel cache. Internal to this folder; see kernel.hpp.
#pragma once

#include <filesystem>
#include <string>

namespace segue::guest {

std::filesystem::path kernel_cache();  // throws MachineError if nothing says where
std::string kernel_hash();             // of all that makes a kernel another one: options, and changes of the source
std::filesystem::path kernel_path_for(const std::string& version);
void require_source(const std::filesystem::path& source);  // throws if it is not there

}  // namespace segue::guest
