#include "orchestrator/report/statistics.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <stdexcept>
#include <vector>

using namespace segue::report;
using doctest::Approx;

namespace {

// NIST StRD's univariate sets: a first value, then 500 pairs around it.
std::vector<double> pairs_about(double middle) {
  std::vector<double> values{middle};
  for (int i = 0; i < 500; ++i) values.insert(values.end(), {middle - 0.1, middle + 0.1});
  return values;
}

}  // namespace

TEST_CASE("means and deviations agree with the certified values of NIST StRD") {
  // Michelson's speed of light, in 1000 km/s above 299.
  const std::array light{850,  740, 900, 1070, 930, 850, 950, 980, 980, 880, 1000, 980, 930, 650, 760, 810, 1000,
                         1000, 960, 960, 960,  940, 960, 940, 880, 800, 850, 880,  900, 840, 830, 790, 810, 880,
                         880,  830, 800, 790,  760, 800, 880, 880, 880, 860, 720,  720, 620, 860, 970, 950, 880,
                         910,  850, 870, 840,  840, 850, 840, 840, 840, 890, 810,  810, 820, 800, 770, 760, 740,
                         750,  760, 910, 920,  890, 860, 880, 720, 840, 850, 850,  780, 890, 840, 780, 810, 760,
                         810,  790, 810, 820,  850, 870, 870, 810, 740, 810, 940,  950, 800, 810, 870};
  std::vector<double> michelson;
  michelson.reserve(std::size(light));
  for (const int value : light) michelson.push_back((299'000.0 + value) / 1000.0);
  const auto summary = summarise(michelson);
  CHECK(summary.n == 100);
  CHECK(summary.mean == Approx(299.8524).epsilon(1e-15));
  CHECK(summary.sd == Approx(0.0790105478190518).epsilon(1e-11));

  const std::array<double, 3> num_acc1{10'000'001, 10'000'003, 10'000'002};
  CHECK(summarise(num_acc1).mean == 10'000'002);
  CHECK(summarise(num_acc1).sd == Approx(1.0).epsilon(1e-15));
  for (const auto& one : {std::pair{1.2, 1e-13}, {1'000'000.2, 1e-8}, {10'000'000.2, 1e-7}}) {
    const double middle = one.first;
    const double digits = one.second;
    CAPTURE(middle);
    const auto num_acc = summarise(pairs_about(middle));  // NumAcc2, 3 and 4
    CHECK(num_acc.mean == Approx(middle).epsilon(1e-15));
    CHECK(num_acc.sd == Approx(0.1).epsilon(digits));
  }
}

TEST_CASE("the interval of Student's own example is the one every textbook prints") {
  // Student (1908), additional hours of sleep: mean 1.58, 95 % interval 0.7001142 to 2.4598858 (R's t.test).
  const std::array sleep{1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4};
  const auto summary = summarise(sleep);
  CHECK(summary.mean == Approx(1.58));
  CHECK(summary.mean - summary.ci95 == Approx(0.7001142).epsilon(1e-6));
  CHECK(summary.mean + summary.ci95 == Approx(2.4598858).epsilon(1e-6));
  CHECK(summary.median == Approx(1.3));
  CHECK(summary.min == 0.0);
  CHECK(summary.max == 4.6);
}

TEST_CASE("quantiles interpolate between order statistics") {
  const std::array values{4.0, 1.0, 3.0, 2.0};
  CHECK(quantile(values, 0.0) == 1.0);
  CHECK(quantile(values, 0.25) == 1.75);  // R: quantile(1:4)
  CHECK(quantile(values, 0.5) == 2.5);
  CHECK(quantile(values, 1.0) == 4.0);
}

TEST_CASE("the regression agrees with the certified values of NIST StRD's Norris") {
  const std::array x{0.2, 337.4, 118.2, 884.6, 10.1,  226.5, 666.3, 996.3, 448.6, 777.0, 558.2, 0.4,
                     0.6, 775.5, 666.9, 338.0, 447.5, 11.6,  556.0, 228.1, 995.8, 887.6, 120.2, 0.3,
                     0.3, 556.8, 339.1, 887.2, 999.0, 779.0, 11.1,  118.3, 229.2, 669.1, 448.9, 0.5};
  const std::array y{0.1, 338.8, 118.1, 888.0, 9.2,   228.1, 668.5, 998.5, 449.1, 778.9, 559.2, 0.3,
                     0.1, 778.1, 668.8, 339.3, 448.9, 10.8,  557.7, 228.3, 998.0, 888.8, 119.6, 0.3,
                     0.6, 557.6, 339.3, 888.0, 998.5, 778.9, 10.2,  117.6, 228.9, 668.4, 449.2, 0.2};
  const auto line = regress(x, y);
  CHECK(line.n == 36);
  CHECK(line.intercept == Approx(-0.262323073774029).epsilon(1e-11));
  CHECK(line.slope == Approx(1.00211681802045).epsilon(1e-13));
  CHECK(line.intercept_se == Approx(0.232818234301152).epsilon(1e-11));
  CHECK(line.slope_se == Approx(0.000429796848199937).epsilon(1e-11));
  CHECK(line.residual_sd == Approx(0.884796396144373).epsilon(1e-11));
  CHECK(line.r2 == Approx(0.999993745883712).epsilon(1e-13));
  const double t = 2.0322445093177186;  // t(0.975, 34)
  CHECK(line.slope_ci95 == Approx(t * line.slope_se).epsilon(1e-9));
  CHECK(line.intercept_ci95 == Approx(t * line.intercept_se).epsilon(1e-9));
}

TEST_CASE("what is undefined is NaN") {
  CHECK(std::isnan(summarise({}).mean));
  CHECK(std::isnan(quantile({}, 0.5)));
  const std::array one{3.0};
  CHECK(summarise(one).mean == 3.0);
  CHECK(std::isnan(summarise(one).ci95));
  const std::array same{1.0, 1.0, 1.0};
  const std::array rising{1.0, 2.0, 3.0};
  CHECK(std::isnan(regress(same, rising).slope));
  CHECK(regress(rising, same).slope == 0.0);
  CHECK(std::isnan(regress(rising, same).r2));
  const std::array two{1.0, 2.0};
  CHECK(regress(two, two).slope == 1.0);
  CHECK(std::isnan(regress(two, two).slope_ci95));
  CHECK_THROWS_AS(regress(two, same), std::invalid_argument);
}
