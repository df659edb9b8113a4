#include "orchestrator/campaign/settings.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "nodes/base/error.hpp"
#include "nodes/base/units.hpp"
#include "orchestrator/config/table.hpp"

namespace segue::campaign {

namespace {

using config::Value;

constexpr double most_in_a_range = 10'000;

std::optional<std::string> scalar_text(const Value& value) {
  switch (value.kind) {
    case Value::Kind::string:
      return value.text;
    case Value::Kind::integer:
      return std::to_string(value.integer);
    case Value::Kind::real:
      return fmt::format("{}", value.real);
    case Value::Kind::boolean:
      return value.boolean ? "true" : "false";
    default:
      return std::nullopt;
  }
}

std::optional<double> plain_number(const std::string& text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

class Reader {
 public:
  Reader(std::string object, config::Problems& problems) : object_(std::move(object)), problems_(problems) {}

  void read(const Value& table, const std::string& prefix) {
    for (const auto& entry : table.entries) {
      const std::string name = prefix + entry.key;
      const Value& value = entry.value;
      if (value.kind == Value::Kind::table && value.find("from") == nullptr) {
        if (value.entries.empty()) problems_.add(entry.line, object_, name + ": it has no values");
        read(value, name + '.');
        continue;
      }
      NamedValues found{name, values_of(value, name), entry.line};
      if (!found.values.empty()) found_.push_back(std::move(found));
    }
  }

  std::vector<NamedValues> take() { return std::move(found_); }

 private:
  std::vector<std::string> values_of(const Value& value, const std::string& name) {
    if (value.kind == Value::Kind::table) return range(value, name);
    if (value.kind != Value::Kind::array) {
      if (auto text = scalar_text(value)) return {*text};
      problems_.add(value.line, object_, fmt::format("{}: not {}", name, config::to_text(value.kind)));
      return {};
    }
    std::vector<std::string> values;
    for (const Value& item : value.items) {
      if (auto text = scalar_text(item)) {
        values.push_back(*text);
      } else {
        problems_.add(item.line, object_, fmt::format("{}: a value is no {}", name, config::to_text(item.kind)));
      }
    }
    if (value.items.empty()) problems_.add(value.line, object_, name + ": it has no values");
    return values;
  }

  std::vector<std::string> range(const Value& value, const std::string& name) {
    config::Table table(value, fmt::format("{}: {}", object_, name), problems_);
    for (const char* key : {"from", "to", "step"}) table.require(key, "\"1ms\"");
    const auto from = table.scalar("from");
    const auto to = table.scalar("to");
    const auto step = table.scalar("step");
    table.finish();
    if (!from || !to || !step) return {};
    try {
      if (plain_number(*from)) return numbers(*from, *to, *step);
      return delays(parse_delay(*from).count(), parse_delay(*to).count(), parse_delay(*step).count());
    } catch (const InputError& error) {
      table.problem(table.line(), error.what());
      return {};
    }
  }

  static void check_range(double from, double to, double step) {
    if (!std::isfinite(from) || !std::isfinite(to) || !std::isfinite(step))
      throw InputError("from, to and step: a range has an end");
    if (!(step > 0)) throw InputError("step: it must be more than nothing");
    if (to < from) throw InputError("to: it is less than from");
    if ((to - from) / step > most_in_a_range) throw InputError("step: that is too many values");
  }

  static std::vector<std::string> delays(std::int64_t from, std::int64_t to, std::int64_t step) {
    check_range(static_cast<double>(from), static_cast<double>(to), static_cast<double>(step));
    std::vector<std::string> values;
    for (auto at = from; at <= to; at += step) values.push_back(to_text(Delay(at)));
    return values;
  }

  static std::vector<std::string> numbers(const std::string& from, const std::string& to, const std::string& step) {
    const auto first = plain_number(from);
    const auto last = plain_number(to);
    const auto width = plain_number(step);
    if (!first || !last || !width) throw InputError("from, to and step: three numbers, or three delays");
    check_range(*first, *last, *width);
    std::vector<std::string> values;
    const auto count = static_cast<std::size_t>(std::floor((*last - *first) / *width + 1e-9));
    // Multiplied and cut to twelve digits: a sum would show the rounding of its steps.
    for (std::size_t i = 0; i <= count; ++i) {
      values.push_back(fmt::format("{:.12g}", *first + static_cast<double>(i) * *width));
    }
    return values;
  }

  std::string object_;
  config::Problems& problems_;
  std::vector<NamedValues> found_;
};

}  // namespace

std::vector<NamedValues> read_settings(const config::Value& table, const std::string& object,
                                       config::Problems& problems) {
  Reader reader(object, problems);
  reader.read(table, {});
  return reader.take();
}

}  // namespace segue::campaign
