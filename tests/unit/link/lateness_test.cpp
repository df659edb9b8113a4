#include "nodes/link/lateness.hpp"

#include <doctest/doctest.h>

#include <memory>

using namespace segue;
using namespace segue::link;
using namespace std::chrono_literals;

TEST_CASE("an empty histogram has no quantiles") {
  const Histogram histogram;
  CHECK(histogram.count() == 0);
  CHECK(histogram.quantile(0.5) == 0ns);
  CHECK(histogram.max() == 0ns);
}

TEST_CASE("quantiles are within the resolution, from nanoseconds to seconds") {
  for (const std::int64_t scale : {1LL, 1'000LL, 1'000'000LL, 10'000'000LL}) {
    CAPTURE(scale);
    Histogram histogram;
    for (std::int64_t i = 1; i <= 1000; ++i) histogram.record(Nanoseconds(i * scale));
    CHECK(histogram.count() == 1000);
    CHECK(histogram.max() == Nanoseconds(1000 * scale));
    for (const double q : {0.01, 0.5, 0.9, 0.99}) {
      const double exact = q * 1000 * static_cast<double>(scale);
      const auto found = static_cast<double>(histogram.quantile(q).count());
      CHECK(found >= exact);
      CHECK(found <= exact * 1.033 + 1);
    }
    CHECK(histogram.quantile(1) == histogram.max());
    CHECK(histogram.quantile(0) >= Nanoseconds(scale));
  }
}

TEST_CASE("values too small or too large are counted at the ends, and the largest stays exact") {
  Histogram histogram;
  histogram.record(-5ns);
  histogram.record(std::chrono::hours(1));
  CHECK(histogram.count() == 2);
  CHECK(histogram.quantile(0.5) == 0ns);
  CHECK(histogram.quantile(1) == std::chrono::hours(1));
}

TEST_CASE("merged histograms are the histogram of all values") {
  Histogram low;
  Histogram high;
  Histogram both;
  for (int i = 0; i < 500; ++i) {
    low.record(i * 1us);
    high.record(i * 1ms);
    both.record(i * 1us);
    both.record(i * 1ms);
  }
  low.merge(high);
  CHECK(low.count() == both.count());
  CHECK(low.sum() == both.sum());
  for (const double q : {0.1, 0.5, 0.9, 1.0}) CHECK(low.quantile(q) == both.quantile(q));
  low.reset();
  CHECK(low.count() == 0);
}

TEST_CASE("values up to a limit are counted to the resolution") {
  Histogram histogram;
  for (int i = 0; i < 100; ++i) histogram.record(i * 1us);
  CHECK(histogram.count_up_to(-1ns) == 0);
  CHECK(histogram.count_up_to(1s) == 100);
  CHECK(histogram.count_up_to(50us) >= 50);
  CHECK(histogram.count_up_to(50us) <= 54);
}
