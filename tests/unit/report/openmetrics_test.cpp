#include "orchestrator/report/openmetrics.hpp"

#include <doctest/doctest.h>

using namespace segue;
using namespace segue::report;
using metrics::Snapshot;

namespace {

constexpr std::int64_t second = 1'000'000'000;

Snapshot counter(double a, double b) {
  return {.name = "segue_things_total",
          .type = "counter",
          .help = "Things.",
          .series = {{"segue_things_total{kind=\"a\"}", a}, {"segue_things_total{kind=\"b\"}", b}}};
}

}  // namespace

TEST_CASE("points stand by series, a counter's family without its suffix, and the end is marked") {
  OpenMetrics log;
  log.add(5 * second, {counter(1, 2)});
  log.add(
      7 * second + 250'000'000,
      {counter(2, 3), {.name = "segue_level", .type = "gauge", .help = "A level.", .series = {{"segue_level", 0.5}}}});
  CHECK(log.text() ==
        "# TYPE segue_level gauge\n"
        "# HELP segue_level A level.\n"
        "segue_level 0.5 7.250000000\n"
        "# TYPE segue_things counter\n"
        "# HELP segue_things Things.\n"
        "segue_things_total{kind=\"a\"} 1 5.000000000\n"
        "segue_things_total{kind=\"a\"} 2 7.250000000\n"
        "segue_things_total{kind=\"b\"} 2 5.000000000\n"
        "segue_things_total{kind=\"b\"} 3 7.250000000\n"
        "# EOF\n");
}

TEST_CASE("a value that stays is written again after fifteen seconds and not before") {
  OpenMetrics log;
  for (const std::int64_t at : {0, 10, 14, 15, 20})
    log.add(at * second, {{.name = "x", .type = "gauge", .help = "", .series = {{"x", 3}}}});
  CHECK(log.text() == "# TYPE x gauge\n# HELP x \nx 3 0.000000000\nx 3 15.000000000\n# EOF\n");
}
