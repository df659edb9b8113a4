// CSV as RFC 4180 has it: a header line, commas, cells in double quotes where they have to be.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace segue::report {

struct CsvTable {
  std::string file;  // for errors; empty if it came from none
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;

  // Throws Error naming file and column if it is not there.
  std::size_t column(std::string_view name) const;
};

// Throws Error with the line if a row has not as many cells as the header, or a quote is not closed.
CsvTable parse_csv(std::string_view text);

CsvTable read_csv(const std::filesystem::path& path);  // names the file in the Error

}  // namespace segue::report
