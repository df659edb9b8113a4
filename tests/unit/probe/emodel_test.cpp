#include "nodes/probe/emodel.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace segue::probe;
using namespace std::chrono_literals;
using doctest::Approx;

TEST_CASE("without impairments the default values give R = 93.2 and MOS = 4.41, as G.107 says") {
  const auto best = voice_quality(0ms, 0.0);
  CHECK(best.r == Approx(93.2).epsilon(0.0005));
  CHECK(best.mos == Approx(4.41).epsilon(0.001));
  // Ro and Is as published for the default values, less what the listener's echo takes without any delay.
  CHECK(best.r == Approx(94.7688 - 1.4136 - 0.1490).epsilon(0.00001));
}

TEST_CASE("R turns into MOS as in G.107 annex B") {
  // G.109 table 1 gives the categories' limits with their MOS.
  CHECK(mos_of(90) == Approx(4.34).epsilon(0.002));
  CHECK(mos_of(80) == Approx(4.03).epsilon(0.002));
  CHECK(mos_of(70) == Approx(3.60).epsilon(0.002));
  CHECK(mos_of(60) == Approx(3.10).epsilon(0.002));
  CHECK(mos_of(50) == Approx(2.58).epsilon(0.002));
  CHECK(mos_of(0) == 1.0);
  CHECK(mos_of(3) == 1.0);
  CHECK(mos_of(-5) == 1.0);
  CHECK(mos_of(100) == 4.5);
}

TEST_CASE("absolute delay begins to impair beyond 100 ms") {
  CHECK(absolute_delay_impairment(100ms) == 0.0);
  // At 200 ms X = 1: 25 (2^(1/6) - 3 (1 + 1/729)^(1/6) + 2); at 400 ms X = 2.
  CHECK(absolute_delay_impairment(200ms) == Approx(3.0444).epsilon(0.0005));
  CHECK(absolute_delay_impairment(400ms) == Approx(24.070).epsilon(0.0005));
  CHECK(absolute_delay_impairment(150ms) == Approx(0.1644).epsilon(0.01));
}

TEST_CASE("the delay impairment stays within one point of the known approximation of G.107") {
  // Cole and Rosenbluth, "Voice over IP performance monitoring" (2001): two straight lines fitted to G.107's curve.
  for (int d = 25; d <= 325; d += 25) {
    CAPTURE(d);
    const double approximation = 0.024 * d + (d > 177.3 ? 0.11 * (d - 177.3) : 0.0);
    CHECK(std::abs(delay_impairment(std::chrono::milliseconds(d)) - approximation) < 1.0);
  }
}

TEST_CASE("losses impair as G.107 clause 7.5 says, bursts more, concealment less") {
  CHECK(effective_equipment_impairment(0.0, 1.0, g711) == 0.0);
  CHECK(effective_equipment_impairment(0.01, 1.0, g711) == Approx(95.0 / 5.3));
  CHECK(effective_equipment_impairment(0.05, 1.0, g711_plc) == Approx(95.0 * 5 / 30.1));
  CHECK(effective_equipment_impairment(0.05, 2.0, g711_plc) == Approx(95.0 * 5 / 27.6));
  CHECK(voice_quality(110ms, 0.02, 1.0, g711_plc).mos > voice_quality(110ms, 0.02, 1.0, g711).mos);
  CHECK(voice_quality(110ms, 1.0, 1.0).r < 20.0);
}
