// Impairments as a person reads them: "delay 10ms, loss 1%"; "none" if there are none.
#pragma once

#include <string>

#include "nodes/link/impairment.hpp"

namespace segue::link {

std::string to_text(const Impairments& impairments);

}  // namespace segue::link
