#include "orchestrator/view/grid.hpp"

#include <algorithm>

namespace segue::view {

namespace {

constexpr char32_t ellipsis = U'…';

// The plain scripts, and the marks, arrows and boxes of the Basic Multilingual Plane: what takes one column wherever
// it is shown.
bool takes_one_column(char32_t character) {
  if (character < 0x20 || (character >= 0x7f && character < 0xa0) || character == 0xad) return false;
  if (character >= 0x300 && character < 0x370) return false;  // combining
  if (character >= 0x200b && character <= 0x200f) return false;
  if (character >= 0x2028 && character <= 0x202e) return false;
  return character < 0x590 || (character >= 0x1e00 && character < 0x2614);
}

std::size_t length_of_sequence(unsigned char first) {
  if (first < 0x80) return 1;
  if ((first & 0xe0) == 0xc0) return 2;
  if ((first & 0xf0) == 0xe0) return 3;
  if ((first & 0xf8) == 0xf0) return 4;
  return 0;
}

void append(std::string& text, char32_t character) {
  const auto byte = [&](char32_t value) { text += static_cast<char>(value); };
  if (character < 0x80) {
    byte(character);
  } else if (character < 0x800) {
    byte(0xc0 | character >> 6);
    byte(0x80 | (character & 0x3f));
  } else {
    byte(0xe0 | character >> 12);
    byte(0x80 | (character >> 6 & 0x3f));
    byte(0x80 | (character & 0x3f));
  }
}

char32_t ascii_of(char32_t character) {
  if (character < 0x80) return character;
  switch (character) {
    case U'│':
    case U'┃':
      return U'|';
    case U'─':
    case U'━':
      return U'-';
    case U'↑':
      return U'^';
    case U'↓':
      return U'v';
    case U'→':
      return U'>';
    case U'·':
      return U',';
    case U'…':
      return U'~';
    case U'░':
      return U'.';
    default:
      break;
  }
  if (character >= 0x2500 && character < 0x2580) return U'+';
  constexpr std::u32string_view heights = U"_.-=+*%#";
  if (character >= 0x2581 && character <= 0x2588) return heights[character - 0x2581];
  return U'?';
}

}  // namespace

std::u32string characters(std::string_view text) {
  std::u32string result;
  while (!text.empty()) {
    const auto length = length_of_sequence(static_cast<unsigned char>(text.front()));
    char32_t character = static_cast<unsigned char>(text.front());
    if (length > 1) character &= 0x7fU >> length;
    bool whole = length > 0 && length <= text.size();
    for (std::size_t i = 1; whole && i < length; ++i) {
      const auto next = static_cast<unsigned char>(text[i]);
      whole = (next & 0xc0) == 0x80;
      character = character << 6 | (next & 0x3f);
    }
    result += whole && takes_one_column(character) ? character : U'?';
    text.remove_prefix(whole ? length : 1);
  }
  return result;
}

int width_of(std::string_view text) { return static_cast<int>(characters(text).size()); }

Grid::Grid(int columns, int rows)
    : columns_(std::max(columns, 0)),
      rows_(std::max(rows, 0)),
      cells_(static_cast<std::size_t>(columns_) * static_cast<std::size_t>(rows_)) {}

void Grid::put(int column, int row, Cell cell) {
  if (column < 0 || row < 0 || column >= columns_ || row >= rows_) return;
  cells_[index(column, row)] = cell;
}

std::string Grid::text() const {
  std::string text;
  for (int row = 0; row < rows_; ++row) {
    int end = columns_;
    while (end > 0 && at(end - 1, row).character == U' ') --end;
    for (int column = 0; column < end; ++column) append(text, at(column, row).character);
    text += '\n';
  }
  return text;
}

void Grid::to_ascii() {
  for (Cell& cell : cells_) cell.character = ascii_of(cell.character);
}

Pane Pane::part(int column, int row, int columns, int rows) const {
  column = std::clamp(column, 0, columns_);
  row = std::clamp(row, 0, rows_);
  return {grid_, column_ + column, row_ + row, std::clamp(columns, 0, columns_ - column),
          std::clamp(rows, 0, rows_ - row)};
}

void Pane::put(int column, int row, char32_t character, Style style) const {
  if (column < 0 || row < 0 || column >= columns_ || row >= rows_) return;
  grid_.put(column_ + column, row_ + row, {character, style});
}

int Pane::put(int column, int row, std::string_view text, Style style) const {
  const std::u32string all = characters(text);
  const int length = static_cast<int>(all.size());
  const bool fits = column + length <= columns_;
  for (int i = 0; i < length && column + i < columns_; ++i) {
    const bool cut = !fits && column + i == columns_ - 1;
    put(column + i, row, cut ? ellipsis : all[static_cast<std::size_t>(i)], style);
  }
  return column + length;
}

int Pane::put(int column, int row, const Line& line) const {
  for (const Span& span : line) column = put(column, row, span.text, span.style);
  return column;
}

Pane Pane::boxed(std::string_view title) const {
  constexpr auto border = Style::dim;
  for (int column = 1; column < columns_ - 1; ++column) {
    put(column, 0, U'─', border);
    put(column, rows_ - 1, U'─', border);
  }
  for (int row = 1; row < rows_ - 1; ++row) {
    put(0, row, U'│', border);
    put(columns_ - 1, row, U'│', border);
  }
  put(0, 0, U'┌', border);
  put(columns_ - 1, 0, U'┐', border);
  put(0, rows_ - 1, U'└', border);
  put(columns_ - 1, rows_ - 1, U'┘', border);
  part(2, 0, columns_ - 4, 1).put(0, 0, " " + std::string(title) + " ", Style::bold);
  return part(2, 1, columns_ - 4, rows_ - 2);
}

}  // namespace segue::view
