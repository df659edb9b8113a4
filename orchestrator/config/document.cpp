#include "orchestrator/config/document.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <toml++/toml.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "nodes/base/error.hpp"
#include "nodes/base/fd.hpp"

namespace segue::config {

namespace {

// toml++ limits the depth of values but not that of dotted keys, and takes its tables down recursively: a key of some
// ten thousand parts is the end of the stack. With both limits a file cannot get past 256 * 64 levels.
constexpr std::ptrdiff_t most_dots_in_a_line = 64;
constexpr unsigned deepest = 32;

void check_lines(std::string_view text, const std::string& name) {
  unsigned line = 1;
  for (std::size_t start = 0; start <= text.size(); ++line) {
    const auto end = std::min(text.find('\n', start), text.size());
    const auto* first = text.data() + start;
    if (std::count(first, first + (end - start), '.') > most_dots_in_a_line) {
      throw InputError(
          fmt::format("{}:{}: more than {} dots in one line; break the line", name, line, most_dots_in_a_line));
    }
    start = end + 1;
  }
}

unsigned line_of(const toml::source_region& source) { return static_cast<unsigned>(source.begin.line); }

Value convert(const toml::node& node, unsigned line, unsigned depth, const std::string& name);

void convert_table(const toml::table& table, Value& value, unsigned depth, const std::string& name) {
  std::vector<std::pair<toml::source_position, Entry>> found;
  for (const auto& [key, child] : table) {
    const auto line = line_of(key.source());
    found.emplace_back(key.source().begin, Entry{std::string(key.str()), convert(child, line, depth + 1, name), line});
  }
  // toml++ gives them by key; the order of the file decides addresses and numbers.
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (auto& [position, entry] : found) value.entries.push_back(std::move(entry));
}

Value convert(const toml::node& node, unsigned line, unsigned depth, const std::string& name) {
  if (depth > deepest) throw InputError(fmt::format("{}:{}: nested deeper than {} levels", name, line, deepest));
  Value value;
  value.line = node.is_table() ? line : line_of(node.source());
  if (const auto* string = node.as_string()) {
    value.kind = Value::Kind::string;
    value.text = string->get();
  } else if (const auto* integer = node.as_integer()) {
    value.kind = Value::Kind::integer;
    value.integer = integer->get();
  } else if (const auto* real = node.as_floating_point()) {
    value.kind = Value::Kind::real;
    value.real = real->get();
  } else if (const auto* boolean = node.as_boolean()) {
    value.kind = Value::Kind::boolean;
    value.boolean = boolean->get();
  } else if (const auto* array = node.as_array()) {
    value.kind = Value::Kind::array;
    for (const auto& item : *array) {
      value.items.push_back(convert(item, line_of(item.source()), depth + 1, name));
    }
  } else if (const auto* table = node.as_table()) {
    convert_table(*table, value, depth, name);
  } else {
    value.kind = Value::Kind::date;
  }
  return value;
}

// The text of an override as the value it looks like.
Value read_scalar(const std::string& text) {
  Value value;
  value.kind = Value::Kind::string;
  value.text = text;
  try {
    check_lines(text, {});
    const Value document = parse_toml("value = " + text, {});
    if (document.entries.size() == 1 && document.entries[0].value.kind != Value::Kind::table) {
      value = document.entries[0].value;
    }
  } catch (const InputError&) {
    // "20ms" is no TOML value: it is the string it looks like.
  }
  value.line = 0;
  return value;
}

// The entry of `table` that begins `path`: the longest, since names may hold dots.
Entry* entry_for(Value& table, std::string_view path) {
  Entry* best = nullptr;
  for (Entry& entry : table.entries) {
    if (!path.starts_with(entry.key) || (path.size() > entry.key.size() && path[entry.key.size()] != '.')) continue;
    if (best == nullptr || entry.key.size() > best->key.size()) best = &entry;
  }
  return best;
}

}  // namespace

const Value* Value::find(std::string_view key) const {
  for (const Entry& entry : entries) {
    if (entry.key == key) return &entry.value;
  }
  return nullptr;
}

std::string_view to_text(Value::Kind kind) {
  switch (kind) {
    case Value::Kind::string:
      return "a string";
    case Value::Kind::integer:
      return "an integer";
    case Value::Kind::real:
      return "a number";
    case Value::Kind::boolean:
      return "a boolean";
    case Value::Kind::array:
      return "an array";
    case Value::Kind::table:
      return "a table";
    case Value::Kind::date:
      return "a date or time";
  }
  return "nothing";
}

std::string read_file(const std::filesystem::path& path, std::size_t most) {
  const auto fail = [&](std::string_view why) { throw InputError(fmt::format("read {}: {}", path.string(), why)); };
  // Non-blocking, since opening a pipe would wait for its other end.
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) < 0) fail(std::strerror(errno));
  if (S_ISDIR(status.st_mode)) fail("it is a folder");
  if (!S_ISREG(status.st_mode)) fail("it is no regular file");
  if (static_cast<std::size_t>(status.st_size) > most) {
    fail(fmt::format("it has {} bytes; more than {} cannot be right", status.st_size, most));
  }
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  std::size_t filled = 0;
  while (filled < text.size()) {
    const auto count = ::read(file.get(), text.data() + filled, text.size() - filled);
    if (count < 0) fail(std::strerror(errno));
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  text.resize(filled);
  if (const auto nul = text.find('\0'); nul != std::string::npos) {
    fail(fmt::format("byte {} is NUL; this is no text file", nul));
  }
  return text;
}

Value parse_toml(std::string_view text, const std::string& name) {
  check_lines(text, name);
  try {
    const toml::table table = toml::parse(text);
    return convert(table, 0, 0, name);
  } catch (const toml::parse_error& error) {
    constexpr std::size_t enough = 300;  // it may quote what it could not read
    const auto& at = error.source().begin;
    throw InputError(fmt::format("{}:{}:{}: {}", name, at.line, at.column, error.description().substr(0, enough)));
  }
}

void override_value(Value& document, std::string_view path, const std::string& text) {
  Value* table = &document;
  std::string_view rest = path;
  for (unsigned depth = 0;; ++depth) {
    Entry* entry = entry_for(*table, rest);
    const auto key = entry != nullptr ? std::string_view(entry->key) : rest.substr(0, rest.find('.'));
    const bool last = key.size() == rest.size();
    if (key.empty() || (!last && depth + 1 == deepest)) {
      throw InputError(
          fmt::format("override {}: this names no value of a topology, as links.map-ar1.delay does", path));
    }
    if (entry == nullptr) {
      // nodes.x and links.x have to be there: a misspelt name must not make a new one.
      if (depth == 1 && (path.starts_with("nodes.") || path.starts_with("links."))) {
        throw InputError(fmt::format("override {}: the file has no {}", path,
                                     path.substr(0, path.size() - rest.size() + key.size())));
      }
      table->entries.push_back({std::string(key), {}, 0});
      entry = &table->entries.back();
    }
    if (last) {
      entry->value = read_scalar(text);
      entry->line = 0;
      return;
    }
    if (entry->value.kind != Value::Kind::table) {
      throw InputError(fmt::format("override {}: {} is no table", path, key));
    }
    rest.remove_prefix(key.size() + 1);
    table = &entry->value;
  }
}

}  // namespace segue::config
