// Collects what is wrong with a file, so that all of it is said at once.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace segue::config {

class Problems {
 public:
  // `file` as it is to be shown.
  explicit Problems(std::string file) : file_(std::move(file)) {}

  // `object` names what the problem is with, as `link "map-ar1"`; it may be empty. Line 0: not from the file.
  void add(unsigned line, std::string_view object, std::string_view text);
  void append(Problems&& other);   // those of another file, to come after these
  void append(std::string whole);  // one that names its place itself

  bool empty() const noexcept { return found_.empty(); }
  std::string where(unsigned line) const;  // "topology.toml:14"
  void throw_if_any();  // InputError, one line each, in the order of the lines; at most `shown` of them

  static constexpr std::size_t shown = 50;

 private:
  struct Problem {
    unsigned line;
    std::string text;
  };
  void sort_own();

  std::string file_;
  std::vector<Problem> found_;
};

}  // namespace segue::config
