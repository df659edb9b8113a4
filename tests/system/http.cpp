#include "tests/system/http.hpp"

#include <fmt/format.h>

namespace segue::test {

std::string url_encoded(std::string_view text) {
  constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string encoded;
  for (const char c : text) {
    if (plain.find(c) != std::string_view::npos) {
      encoded += c;
    } else {
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

std::string url_after(const std::string& text, std::string_view word) {
  constexpr std::string_view scheme = "http://";
  const auto word_at = text.find(word);
  const auto at = word_at == std::string::npos ? word_at : text.find(scheme, word_at);
  if (at == std::string::npos) return "";
  return text.substr(at, text.find_first_of("/ \n", at + scheme.size()) - at);
}

}  // namespace segue::test
