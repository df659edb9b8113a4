#include "orchestrator/campaign/stop.hpp"

#include <doctest/doctest.h>

#include <string>

#include "tests/unit/config/scratch.hpp"

using namespace segue;
using namespace segue::campaign;
using doctest::Approx;

namespace {

StopRule rule_of(std::string_view text) {
  StopRule rule;
  parse_until(text, rule);
  return rule;
}

}  // namespace

TEST_CASE("a stop rule is a share of the mean, a time or a number") {
  CHECK(rule_of("ci95 < 2%").below == Approx(0.02));
  CHECK(rule_of("ci95 < 2%").relative);
  CHECK(rule_of(" ci95<1.5ms ").below == Approx(0.0015));
  CHECK(!rule_of("ci95 < 1.5ms").relative);
  CHECK(rule_of("ci95 < 0.25").below == Approx(0.25));
  for (const char* text : {"", "ci95", "ci95 > 2%", "ci99 < 2%", "ci95 < ", "ci95 < 0%", "ci95 < 1 parsec",
                           "ci95 < 1.2.3%", "ci95 < .", "ci95 < 1.2.3"}) {
    CAPTURE(text);
    CHECK(!complaint([&] { rule_of(text); }).empty());
  }
  CHECK(!complaint([] { rule_of("ci95 < 1" + std::string(400, '0')); }).empty());
}

TEST_CASE("values are precise once the interval is narrow, and never below two of them") {
  const auto rule = rule_of("ci95 < 10%");
  CHECK(!precise(rule, {}));
  CHECK(!precise(rule, {5.0}));
  CHECK(!precise(rule, {4.0, 6.0}));  // ±12.7
  CHECK(precise(rule, {5.0, 5.0}));
  // Student's sleep data has an interval of 0.88 about 1.58.
  const std::vector<double> sleep{1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4};
  CHECK(precise(rule_of("ci95 < 0.89"), sleep));
  CHECK(!precise(rule_of("ci95 < 0.87"), sleep));
  CHECK(precise(rule_of("ci95 < 56%"), sleep));
  CHECK(!precise(rule_of("ci95 < 55%"), sleep));
}
