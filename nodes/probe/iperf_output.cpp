#include "nodes/probe/iperf_output.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace segue::probe {

namespace {

std::string_view trim_left(std::string_view text) {
  const auto first = text.find_first_not_of(' ');
  return first == std::string_view::npos ? std::string_view{} : text.substr(first);
}

// Reads a number off the front of `text`, past blanks. Nothing, and `text` as it was, if there is none.
template <typename Number>
std::optional<Number> take_number(std::string_view& text) {
  const auto rest = trim_left(text);
  Number value{};
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
  if (error != std::errc{}) return std::nullopt;
  text = rest.substr(static_cast<std::size_t>(end - rest.data()));
  return value;
}

bool take_word(std::string_view& text, std::string_view word) {
  const auto rest = trim_left(text);
  if (!rest.starts_with(word)) return false;
  text = rest.substr(word.size());
  return true;
}

std::optional<double> take_quantity(std::string_view& text) {
  const auto value = take_number<double>(text);
  // from_chars reads "nan" and "inf"; a year is more than any run.
  return value && std::isfinite(*value) && *value >= 0 && *value < 1e15 ? value : std::nullopt;
}

std::int64_t nanoseconds(double seconds) { return std::llround(seconds * 1e4) * 100'000; }  // four decimals are printed

// "[  1] 0.5000-1.0000 sec  327700 Bytes  5243200 bits/sec   0.002 ms 0/226 (0%)", the part after "bits/sec" at the
// UDP server only.
std::optional<IperfBin> parse_bin(std::string_view text) {
  const auto bracket = text.find(']');
  if (!text.starts_with("[") || text.starts_with("[SUM") || bracket == std::string_view::npos) return std::nullopt;
  text.remove_prefix(bracket + 1);
  const auto begin = take_quantity(text);
  if (!begin || !take_word(text, "-")) return std::nullopt;
  const auto end = take_quantity(text);
  if (!end || !take_word(text, "sec") || *end <= *begin || *end > 1e9) return std::nullopt;
  if (nanoseconds(*end) == nanoseconds(*begin)) return std::nullopt;  // shorter than is printed
  if (!take_quantity(text) || !take_word(text, "Bytes")) return std::nullopt;
  const auto rate = take_quantity(text);
  if (!rate || !take_word(text, "bits/sec")) return std::nullopt;
  IperfBin bin{.t_ns = nanoseconds(*begin),
               .length_ns = nanoseconds(*end) - nanoseconds(*begin),
               .bits_per_second = static_cast<std::uint64_t>(std::llround(*rate))};
  if (take_quantity(text) && take_word(text, "ms")) {
    const auto lost = take_number<std::int64_t>(text);
    if (!lost || !take_word(text, "/")) return std::nullopt;
    const auto total = take_number<std::int64_t>(text);
    if (!total) return std::nullopt;
    bin.lost = *lost;
    bin.total = *total;
  }
  return bin;
}

bool is_complaint(std::string_view text) {
  // Said at the end of a UDP flow whose last packets found no way; the flow itself is not the worse for it.
  if (text.starts_with("[") || text.starts_with("write-fin") || text.starts_with("write-ackfin")) return false;
  for (const std::string_view word : {" failed", "error", "unrecognized option", "invalid option", "unable to"}) {
    if (text.find(word) != std::string_view::npos) return true;
  }
  return false;
}

}  // namespace

IperfOutput::Event IperfOutput::line(std::string_view text) {
  if (text.starts_with("Server listening on ")) return Event::listening;
  if (text.starts_with("[") && text.find("] local ") != std::string_view::npos) return Event::connected;
  if (const auto bin = parse_bin(text)) {
    if (summarised_ || bin->t_ns != end_ns_) {
      summarised_ = true;
      return Event::none;
    }
    bins_.push_back(*bin);
    end_ns_ = bin->t_ns + bin->length_ns;
    return Event::bin;
  }
  if (!is_complaint(text)) return Event::none;
  if (failure_.empty()) failure_ = text;
  return Event::failure;
}

std::optional<int> iperf_major(std::string_view output) {
  if (take_word(output, "iperf version")) return take_number<int>(output);
  if (take_word(output, "iperf")) return take_number<int>(output);  // iperf 3: "iperf 3.12 (cJSON 1.7.15)"
  return std::nullopt;
}

}  // namespace segue::probe
