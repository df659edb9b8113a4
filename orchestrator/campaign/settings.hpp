// Reads tables of dotted names, as [sweep] and [set] are: `links.domain.delay = "5ms"` is one name, however it is
// nested.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/config/document.hpp"
#include "orchestrator/config/problems.hpp"

namespace segue::campaign {

struct NamedValues {
  std::string name;
  std::vector<std::string> values;  // one if the file has no array
  unsigned line = 0;
};

// Values are texts: a string, a number, a boolean, an array of them, or a range { from, to, step } of delays or
// numbers. What is wrong is added to `problems`, and left out.
std::vector<NamedValues> read_settings(const config::Value& table, const std::string& object,
                                       config::Problems& problems);

}  // namespace segue::campaign
