// Reads the keys of one table, and says what is wrong with them once for all: unknown keys, wrong types, bad values.
//
// Every key the table may have is asked for, present or not; finish() then reports the others.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nodes/base/error.hpp"
#include "orchestrator/config/document.hpp"
#include "orchestrator/config/problems.hpp"

namespace segue::config {

class Table {
 public:
  // `object` names the table in problems. A value that is no table is a problem, and then an empty table.
  // Both references must outlive it.
  Table(const Value& value, std::string object, Problems& problems);

  const std::string& object() const noexcept { return object_; }
  unsigned line() const noexcept { return value_->line; }
  unsigned line_of(std::string_view key) const;  // of the key's value; of the table if it is not there
  void problem(unsigned line, std::string_view text) { problems_.add(line, object_, text); }
  Problems& problems() noexcept { return problems_; }

  // Each is empty if the key is not there, or is wrong, which has then been reported.
  const Value* find(std::string_view key);
  std::optional<std::string> text(std::string_view key);
  std::optional<std::int64_t> integer(std::string_view key, std::int64_t least, std::int64_t most);
  std::optional<double> number(std::string_view key);  // not negative
  std::optional<bool> boolean(std::string_view key);
  std::optional<std::string> scalar(std::string_view key);              // a string, or a number as its text
  std::optional<std::vector<std::string>> texts(std::string_view key);  // one string, or an array of them
  const Value* table(std::string_view key);
  const std::vector<Value>* array(std::string_view key);

  // `parse` takes a text and throws InputError with the end of a sentence that begins with the key.
  template <typename Parse>
  auto parsed(std::string_view key, Parse parse) -> std::optional<decltype(parse(std::string_view{}))> {
    const auto given = text(key);
    if (!given) return std::nullopt;
    try {
      return parse(std::string_view(*given));
    } catch (const InputError& error) {
      problem(line_of(key), std::string(key) + ' ' + error.what());
      return std::nullopt;
    }
  }

  // Reports a key that has to be there and is not; `example` is what it might be.
  void require(std::string_view key, std::string_view example);
  void finish();

 private:
  const Value* of_kind(std::string_view key, Value::Kind kind, std::string_view wanted);

  const Value* value_;
  bool is_table_ = true;
  std::string object_;
  Problems& problems_;
  std::vector<std::string_view> known_;
};

}  // namespace segue::config
