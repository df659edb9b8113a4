// The command line: the verbs by their names, their options, their help.
#pragma once

namespace segue::cli {

// Does what the command line says; returns the program's exit code. Help and what is wrong with the command line are
// printed here. Throws Error.
int perform(int argc, const char* const* argv);

}  // namespace segue::cli
