#include "orchestrator/report/csv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "nodes/base/error.hpp"
#include "orchestrator/files/whole_file.hpp"

namespace segue::report {

namespace {

// One line's cells, taken from the front of the text; a quoted cell may hold line breaks.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }
  std::size_t line() const { return line_; }

  std::vector<std::string> row() {
    std::vector<std::string> cells{cell()};
    while (take(',')) cells.push_back(cell());
    take('\r');
    if (!take('\n') && !rest_.empty()) throw Error(fmt::format("line {}: text after a closing quote", line_));
    ++line_;
    return cells;
  }

 private:
  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::string cell() {
    if (take('"')) return quoted();
    const auto end = std::min(rest_.find_first_of(",\r\n"), rest_.size());
    std::string text(rest_.substr(0, end));
    rest_.remove_prefix(end);
    return text;
  }

  std::string quoted() {
    std::string text;
    do {
      const auto end = rest_.find('"');
      if (end == rest_.npos) throw Error(fmt::format("line {}: a quote is not closed", line_));
      text += rest_.substr(0, end);
      rest_.remove_prefix(end + 1);
      if (take('"')) {
        text += '"';
      } else {
        return text;
      }
    } while (true);
  }

  std::string_view rest_;
  std::size_t line_ = 1;
};

}  // namespace

std::size_t CsvTable::column(std::string_view name) const {
  const auto found = std::find(columns.begin(), columns.end(), name);
  if (found == columns.end()) throw Error(fmt::format("{}{}no column \"{}\"", file, file.empty() ? "" : ": ", name));
  return static_cast<std::size_t>(found - columns.begin());
}

CsvTable parse_csv(std::string_view text) {
  Reader reader(text);
  if (reader.at_end()) throw Error("line 1: there is no header");
  CsvTable table{.file = {}, .columns = reader.row(), .rows = {}};
  while (!reader.at_end()) {
    const auto line = reader.line();
    auto row = reader.row();
    if (row.size() != table.columns.size()) {
      throw Error(fmt::format("line {}: {} cells, and the header has {}", line, row.size(), table.columns.size()));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

CsvTable read_csv(const std::filesystem::path& path) {
  try {
    auto table = parse_csv(files::read_file(path));
    table.file = path.string();
    return table;
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", path.string(), error.what()));
  }
}

}  // namespace segue::report
