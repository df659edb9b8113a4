// A picture in characters: cells with a style, and panes that keep what is drawn within their borders.
//
// Every character takes one column; what a terminal would show in two, or in none, becomes '?'.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace segue::view {

enum class Style : std::uint8_t { plain, dim, bold, good, warning, bad, accent, title };

struct Cell {
  char32_t character = U' ';
  Style style = Style::plain;
  friend bool operator==(const Cell&, const Cell&) = default;
};

struct Span {
  std::string text;  // UTF-8
  Style style = Style::plain;
};
using Line = std::vector<Span>;

// The characters of UTF-8; what is malformed or does not take one column is '?'.
std::u32string characters(std::string_view text);
int width_of(std::string_view text);

class Grid {
 public:
  Grid(int columns, int rows);  // blank; negative is 0

  int columns() const noexcept { return columns_; }
  int rows() const noexcept { return rows_; }
  const Cell& at(int column, int row) const { return cells_[index(column, row)]; }
  void put(int column, int row, Cell cell);  // outside: nothing happens

  std::string text() const;  // UTF-8, a line feed after every row, no blanks before it
  void to_ascii();           // for terminals without Unicode

 private:
  std::size_t index(int column, int row) const {
    return static_cast<std::size_t>(row) * static_cast<std::size_t>(columns_) + static_cast<std::size_t>(column);
  }

  int columns_;
  int rows_;
  std::vector<Cell> cells_;
};

// A rectangle of a grid. Columns and rows count from its own corner; nothing is drawn outside it.
class Pane {
 public:
  explicit Pane(Grid& grid) : Pane(grid, 0, 0, grid.columns(), grid.rows()) {}

  int columns() const noexcept { return columns_; }
  int rows() const noexcept { return rows_; }
  Pane part(int column, int row, int columns, int rows) const;  // as much of it as there is

  void put(int column, int row, char32_t character, Style style = Style::plain) const;
  // Text that does not fit is cut, and ends in an ellipsis. Returns the column after it.
  int put(int column, int row, std::string_view text, Style style = Style::plain) const;
  int put(int column, int row, const Line& line) const;

  Pane boxed(std::string_view title) const;  // draws a border; the pane within

 private:
  Pane(Grid& grid, int column, int row, int columns, int rows)
      : grid_(grid), column_(column), row_(row), columns_(columns), rows_(rows) {}

  Grid& grid_;
  int column_;
  int row_;
  int columns_;
  int rows_;
};

}  // namespace segue::view
