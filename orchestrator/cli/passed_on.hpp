// Words of the command line that are another program's: the parser is not to see them, since it would take options of its
// own out of them, and lists in brackets apart.
#pragma once

#include <string>
#include <vector>

namespace segue::cli {

struct Words {
  std::vector<std::string> own;        // what the parser gets
  std::vector<std::string> passed_on;  // untouched
};

// Of `exec`: the command begins behind `--`, or without one with the first word behind the node, as for ssh. Of `capture`:
// behind `--`. Of other verbs nothing is passed on. `words` begin with the verb. Throws InputError where --lab stands in
// a command that no `--` sets off: it may be meant for either.
Words take_apart(const std::vector<std::string>& words);

}  // namespace segue::cli
