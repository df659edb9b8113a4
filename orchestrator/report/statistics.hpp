// Statistics of repeated runs: means with 95 % confidence intervals by Student's t, quantiles, and the straight line
// through losses over completion time (section 5 of the paper).
//
// Where a value is undefined (the mean of nothing, the interval of one value) it is NaN, never a guess.
#pragma once

#include <cstddef>
#include <limits>
#include <span>

namespace segue::report {

struct Summary {
  std::size_t n = 0;
  double mean = 0;
  double ci95 = 0;  // half width; NaN below two values
  double median = 0;
  double min = 0;
  double max = 0;
  double sd = 0;  // of the sample (n - 1); NaN below two values
};

Summary summarise(std::span<const double> values);

// The mean of what has been added so far, NaN of nothing: of equal values just that value, and without end where one
// is.
class RunningMean {
 public:
  void add(double value);
  double value() const noexcept { return mean_; }

 private:
  std::size_t n_ = 0;
  double mean_ = std::numeric_limits<double>::quiet_NaN();
};

// Linear interpolation between order statistics (Hyndman and Fan's type 7); `p` from 0 to 1.
double quantile(std::span<const double> values, double p);

// Half width of the two-sided 95 % interval of a mean: t(0.975, n - 1) * sd / sqrt(n).
double ci95(std::size_t n, double sd);

// Least squares, y = intercept + slope * x.
struct Line {
  std::size_t n = 0;
  double slope = 0;
  double intercept = 0;
  double slope_ci95 = 0;  // half widths, n - 2 degrees of freedom; NaN below three points
  double intercept_ci95 = 0;
  double slope_se = 0;  // standard errors
  double intercept_se = 0;
  double residual_sd = 0;
  double r2 = 0;  // NaN if y does not vary
};

// Throws std::invalid_argument if the sizes differ. The line is NaN if x does not vary.
Line regress(std::span<const double> x, std::span<const double> y);

}  // namespace segue::report
