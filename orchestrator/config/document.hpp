// A parsed TOML file as plain values, in the order of the file and with their lines.
//
// Why not toml++'s own tables: they are sorted by key, and this keeps toml++ in one source file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace segue::config {

struct Entry;

struct Value {
  enum class Kind : std::uint8_t { string, integer, real, boolean, array, table, date };

  Kind kind = Kind::table;
  std::string text;  // string
  std::int64_t integer = 0;
  double real = 0;
  bool boolean = false;
  std::vector<Value> items;    // array
  std::vector<Entry> entries;  // table, by line
  unsigned line = 0;           // of the key for a table, of the value otherwise; 0: not from the file

  const Value* find(std::string_view key) const;
};

struct Entry {
  std::string key;
  Value value;
  unsigned line = 0;  // of the key
};

std::string_view to_text(Value::Kind kind);  // with its article: "a string", "an integer"

// Throws InputError when it is no regular file, cannot be read, is larger than `most` bytes or holds NUL bytes; what is
// refused by its size is not read.
constexpr std::size_t largest_file = std::size_t{4} << 20;
std::string read_file(const std::filesystem::path& path, std::size_t most = largest_file);

// Throws InputError: `topology.toml:3:7: <what toml++ says>`. `name` is the file as it is to be shown.
Value parse_toml(std::string_view text, const std::string& name);

// Puts `text` in the place that `path` ("links.map-ar1.delay") names; see Overrides in topology.hpp. Throws InputError.
void override_value(Value& document, std::string_view path, const std::string& text);

}  // namespace segue::config
