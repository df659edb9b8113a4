// The version of Segue, as CMake's project() has it.
#pragma once

#include <string_view>

namespace segue {
inline constexpr std::string_view version = SEGUE_VERSION;
}
