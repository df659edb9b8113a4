// Whether something works on this machine, found out by doing it: in a child, whose namespaces go with it.
#pragma once

#include <functional>
#include <string>

namespace segue::lab {

// Returns what `work` returns, and throws the Error that it throws, with its exit code. For a process of one thread.
std::string in_a_child(const std::function<std::string()>& work);

}  // namespace segue::lab
