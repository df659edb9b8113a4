// Programs of the user's own in the nodes of a lab (`segue exec`): they end with it.
#pragma once

#include <vector>

namespace segue::lab {

// Ends every process that is in one of these network namespaces (descriptors), as a terminal does that hangs up, and
// kills those that stay. What may not be looked at is left alone. Returns within a quarter of a second.
void end_inhabitants(const std::vector<int>& namespaces);

}  // namespace segue::lab
