#include "orchestrator/guest/orders.hpp"

#include <fmt/format.h>

#include <charconv>

#include "nodes/base/error.hpp"

namespace segue::guest {

namespace {

// Fields end in NUL, which no argument, path or variable can hold; a list begins with its length.
constexpr std::string_view magic = "segue guest orders 2";
// A control character first, so that no program's ordinary line is taken for it.
constexpr std::string_view status_prefix = "\x1esegue-guest-status ";

void put(std::string& text, std::string_view field) {
  if (field.find('\0') != field.npos) throw Error("orders for the guest: a NUL inside a field");
  text.append(field).push_back('\0');
}

void put_item(std::string& text, const std::string& item) { put(text, item); }
void put_item(std::string& text, const std::filesystem::path& item) { put(text, item.native()); }

template <typename Item>
void put_list(std::string& text, const std::vector<Item>& list) {
  put(text, std::to_string(list.size()));
  for (const Item& item : list) put_item(text, item);
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  std::string field() {
    const auto end = text_.find('\0');
    if (end == text_.npos) throw Error("orders for the guest: cut short");
    std::string value(text_.substr(0, end));
    text_.remove_prefix(end + 1);
    return value;
  }
  std::uint64_t number() {
    const std::string digits = field();
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc{} || end != digits.data() + digits.size())
      throw Error(fmt::format("orders for the guest: \"{}\": not a number", digits));
    return value;
  }
  template <typename Item>
  std::vector<Item> list() {
    std::vector<Item> items;
    for (std::uint64_t left = number(); left > 0; --left) items.emplace_back(field());
    return items;
  }
  bool at_end() const { return text_.empty(); }

 private:
  std::string_view text_;
};

}  // namespace

std::string encode(const Orders& orders) {
  std::string text;
  put(text, magic);
  put_list(text, orders.arguments);
  put_list(text, orders.environment);
  put(text, orders.out.native());
  put(text, orders.directory.native());
  put_list(text, orders.visible);
  put(text, std::to_string(orders.seed));
  put(text, std::to_string(orders.date_s));
  return text;
}

Orders decode_orders(std::string_view text) {
  Reader reader(text);
  if (reader.field() != magic) throw Error("orders for the guest: not written by this program");
  Orders orders;
  orders.arguments = reader.list<std::string>();
  orders.environment = reader.list<std::string>();
  orders.out = reader.field();
  orders.directory = reader.field();
  orders.visible = reader.list<std::filesystem::path>();
  orders.seed = reader.number();
  orders.date_s = reader.number();
  if (!reader.at_end()) throw Error("orders for the guest: something after their end");
  return orders;
}

std::string status_line(int exit_code) { return fmt::format("{}{}", status_prefix, exit_code); }

std::optional<int> parse_status_line(std::string_view line) {
  if (!line.starts_with(status_prefix)) return std::nullopt;
  line.remove_prefix(status_prefix.size());
  int value = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), value);
  if (error != std::errc{} || end != line.data() + line.size() || value < 0 || value > 255) return std::nullopt;
  return value;
}

}  // namespace segue::guest
