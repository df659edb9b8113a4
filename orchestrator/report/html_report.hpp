// The report as a page: one HTML file that needs nothing else, neither beside it nor from a network.
#pragma once

#include <filesystem>
#include <string>

namespace segue::report {

// Style, chart library, scripts and data in one document. The same folder gives the same bytes. Throws as
// report_data().
std::string to_html(const std::filesystem::path& folder);

// Writes report.html into the folder, whole or not at all, in place of an earlier one. Returns its path.
std::filesystem::path write_html(const std::filesystem::path& folder);

}  // namespace segue::report
