#include "orchestrator/campaign/stop.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "nodes/base/error.hpp"
#include "nodes/base/units.hpp"
#include "orchestrator/report/statistics.hpp"

namespace segue::campaign {

namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

}  // namespace

void parse_until(std::string_view text, StopRule& rule) {
  constexpr std::string_view subject = "ci95";
  const auto refuse = [&](std::string_view why) { throw InputError(fmt::format("\"{}\": {}", text, why)); };
  std::string_view rest = trimmed(text);
  if (!rest.starts_with(subject)) refuse("it is as in \"ci95 < 2%\" or \"ci95 < 1ms\"");
  rest = trimmed(rest.substr(subject.size()));
  if (!rest.starts_with('<')) refuse("ci95 is to get below something, as in \"ci95 < 2%\"");
  rest = trimmed(rest.substr(1));
  rule.text = text;
  rule.relative = rest.ends_with('%');
  try {
    const bool number = !rest.empty() && rest.find_first_not_of("0123456789.%") == std::string_view::npos;
    if (rule.relative) {
      rule.below = parse_probability(rest).value;
    } else if (number) {
      const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), rule.below);
      if (error != std::errc{} || end != rest.data() + rest.size()) refuse("that is no number");
    } else {
      rule.below = static_cast<double>(parse_delay(rest).count()) / 1e9;
    }
  } catch (const UnitError& error) {
    refuse(error.what());
  }
  if (!(rule.below > 0)) refuse("no interval is smaller than that");
}

bool precise(const StopRule& rule, const std::vector<double>& values) {
  const auto summary = report::summarise(values);
  if (!std::isfinite(summary.ci95)) return false;
  if (summary.ci95 == 0) return true;  // in virtual time nothing may vary
  return summary.ci95 < (rule.relative ? rule.below * std::abs(summary.mean) : rule.below);
}

}  // namespace segue::campaign
