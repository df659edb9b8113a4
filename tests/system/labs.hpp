// Labs that come with Segue, changed for a test.
#pragma once

#include <filesystem>
#include <string>

namespace segue::test {

// A copy of the paper's lab under `folder`, with one more mechanism: "endless" is prompt-scheduled, but that its first
// step executes `command`, which is not to end, and that nobody loses patience with it.
std::filesystem::path endless_lab(const std::filesystem::path& folder, const std::string& command);

// The part of a mechanism's file that says what holds while the mobile is attached, where `steering` leads its packets
// to the new router in a tunnel, and that the old one is off when a handover begins.
std::string break_before_make(const std::string& steering);

}  // namespace segue::test
