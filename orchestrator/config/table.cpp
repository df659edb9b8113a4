#include "orchestrator/config/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "orchestrator/config/spelling.hpp"

namespace segue::config {

namespace {

const Value& empty_table() {
  static const Value empty;
  return empty;
}

std::string wanted_but(std::string_view key, std::string_view wanted, Value::Kind kind) {
  return fmt::format("{}: {} is wanted, not {}", key, wanted, to_text(kind));
}

constexpr std::string_view a_string = "a string in quotes";

}  // namespace

Table::Table(const Value& value, std::string object, Problems& problems)
    : value_(&value), object_(std::move(object)), problems_(problems) {
  if (value.kind == Value::Kind::table) return;
  problem(value.line, fmt::format("a table is wanted, not {}", to_text(value.kind)));
  value_ = &empty_table();
  is_table_ = false;
}

const Value* Table::find(std::string_view key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.push_back(key);
  return value_->find(key);
}

unsigned Table::line_of(std::string_view key) const {
  const Value* value = value_->find(key);
  return value != nullptr ? value->line : line();
}

const Value* Table::of_kind(std::string_view key, Value::Kind kind, std::string_view wanted) {
  const Value* value = find(key);
  if (value == nullptr || value->kind == kind) return value;
  problem(value->line, wanted_but(key, wanted, value->kind));
  return nullptr;
}

std::optional<std::string> Table::text(std::string_view key) {
  const Value* value = of_kind(key, Value::Kind::string, a_string);
  return value != nullptr ? std::optional(value->text) : std::nullopt;
}

std::optional<std::int64_t> Table::integer(std::string_view key, std::int64_t least, std::int64_t most) {
  const Value* value = of_kind(key, Value::Kind::integer, "an integer");
  if (value == nullptr) return std::nullopt;
  if (value->integer >= least && value->integer <= most) return value->integer;
  problem(value->line, fmt::format("{} {}: it goes from {} to {}", key, value->integer, least, most));
  return std::nullopt;
}

std::optional<double> Table::number(std::string_view key) {
  const Value* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (value->kind != Value::Kind::integer && value->kind != Value::Kind::real) {
    problem(value->line, wanted_but(key, "a number", value->kind));
    return std::nullopt;
  }
  const double number = value->kind == Value::Kind::real ? value->real : static_cast<double>(value->integer);
  if (std::isfinite(number) && number >= 0) return number;
  problem(value->line, fmt::format("{} {}: it must be finite and not negative", key, number));
  return std::nullopt;
}

std::optional<bool> Table::boolean(std::string_view key) {
  const Value* value = of_kind(key, Value::Kind::boolean, "true or false");
  return value != nullptr ? std::optional(value->boolean) : std::nullopt;
}

std::optional<std::string> Table::scalar(std::string_view key) {
  const Value* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (value->kind == Value::Kind::integer) return std::to_string(value->integer);
  if (value->kind == Value::Kind::real) return fmt::format("{}", value->real);
  return text(key);
}

std::optional<std::vector<std::string>> Table::texts(std::string_view key) {
  const Value* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (value->kind != Value::Kind::array) {
    const auto one = text(key);
    return one ? std::optional(std::vector{*one}) : std::nullopt;
  }
  std::vector<std::string> result;
  for (const Value& item : value->items) {
    if (item.kind != Value::Kind::string) {
      problem(item.line, wanted_but(key, a_string, item.kind));
      return std::nullopt;
    }
    result.push_back(item.text);
  }
  return result;
}

const Value* Table::table(std::string_view key) { return of_kind(key, Value::Kind::table, "a table"); }

const std::vector<Value>* Table::array(std::string_view key) {
  const Value* value = of_kind(key, Value::Kind::array, "an array");
  return value != nullptr ? &value->items : nullptr;
}

void Table::require(std::string_view key, std::string_view example) {
  if (find(key) == nullptr && is_table_)
    problem(line(), fmt::format("{} is missing, as in {} = {}", key, key, example));
}

void Table::finish() {
  for (const Entry& entry : value_->entries) {
    if (std::find(known_.begin(), known_.end(), entry.key) != known_.end()) continue;
    problem(entry.line, "unknown key " + unknown(entry.key, known_));
  }
}

}  // namespace segue::config
