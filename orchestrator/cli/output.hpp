// What the program says. Whatever goes to standard output has left before anything else is said, so that both, where they
// are one pipe, come in the order in which they were meant, and whole.
#pragma once

#include <string>
#include <vector>

namespace segue::cli {

void print(const std::string& text);             // on standard output
void say(const std::string& text);               // on standard error
void warn(const std::vector<std::string>& all);  // there, a line each

}  // namespace segue::cli
