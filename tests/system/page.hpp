// What is on a report's page, as a reader of any kind finds it.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "tests/system/browser.hpp"

namespace segue::test {

// {"figures": {"<id>": {"marks": {"<name>": n}, "label", "focusable", "table": rows}}, "sections": [id], "answer":
// text,
//  "repeat": text, "crossings": text, "alerts", "repeated": [id], "overflow": pixels, "requests", "background",
//  "console": [line]}
// Marks go by their class, or by the name that Plot gives a group. Throws as inspect().
nlohmann::json look_at(const std::filesystem::path& page, const View& view);

// How often a figure has a mark. Throws Error, with what there is, if it has none of them.
unsigned marks(const nlohmann::json& page, const std::string& figure, const std::string& mark);

// The same; what the page writes to its console fails the test.
nlohmann::json looked_at(const std::filesystem::path& page, const View& view);

// Every figure has a name, can be reached by keyboard, and has its numbers as a table.
void check_access(const nlohmann::json& page);

std::filesystem::path screenshots();  // the folder where they are kept, beside the tests' results

}  // namespace segue::test
