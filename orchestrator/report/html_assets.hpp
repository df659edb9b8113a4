// The parts of the report's page that are the same for every report, carried inside the program.
#pragma once

#include <string_view>

namespace segue::report::html {

std::string_view page();  // with {{style}}, {{vendor}}, {{data}} and {{scripts}} to be filled in
std::string_view style();
std::string_view vendor_d3();
std::string_view vendor_plot();
std::string_view scripts();  // of this page; they share one scope, so their order is that of their use

}  // namespace segue::report::html
