// Showing a lab that is up, as it goes.
#pragma once

#include <string>

namespace segue::cli {

// On a terminal the live view, until q, Ctrl-C or the lab's end; elsewhere a line on standard output for every handover
// from now on, until the lab's end. `name` "": the only lab that is up. Returns the exit code; throws Error.
int watch(const std::string& name);
int watch_once(const std::string& name);  // the view as it is now, on standard output

// The lab's topology on standard output, its mobile nodes where they are attached; nothing where that does not fit.
void print_topology(const std::string& name);

}  // namespace segue::cli
