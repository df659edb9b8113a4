#include "orchestrator/report/statistics.hpp"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <vector>

namespace segue::report {

namespace {

constexpr double undefined = std::numeric_limits<double>::quiet_NaN();

double student_t(std::size_t degrees) {
  if (degrees == 0) return undefined;
  return boost::math::quantile(boost::math::students_t(static_cast<double>(degrees)), 0.975);
}

// In two passes, the second of which corrects the rounding of the first: a sum of large values that differ little
// keeps its last digits.
double mean_of(std::span<const double> values) {
  const auto n = static_cast<double>(values.size());
  const double first = std::accumulate(values.begin(), values.end(), 0.0) / n;
  const double rest = std::accumulate(values.begin(), values.end(), 0.0,
                                      [&](double sum, double value) { return sum + (value - first); });
  return first + rest / n;
}

double squares_about(std::span<const double> values, double mean) {
  return std::accumulate(values.begin(), values.end(), 0.0,
                         [&](double sum, double value) { return sum + (value - mean) * (value - mean); });
}

double quantile_of_sorted(std::span<const double> sorted, double p) {
  if (sorted.empty()) return undefined;
  const double position = std::clamp(p, 0.0, 1.0) * static_cast<double>(sorted.size() - 1);
  const auto low = static_cast<std::size_t>(position);
  const std::size_t high = std::min(low + 1, sorted.size() - 1);
  return sorted[low] + (position - static_cast<double>(low)) * (sorted[high] - sorted[low]);
}

std::vector<double> sorted_copy(std::span<const double> values) {
  std::vector<double> sorted(values.begin(), values.end());
  std::ranges::sort(sorted);
  return sorted;
}

}  // namespace

void RunningMean::add(double value) {
  ++n_;
  if (n_ == 1 || std::isinf(value)) {
    mean_ = value;
  } else if (!std::isinf(mean_)) {
    mean_ += (value - mean_) / static_cast<double>(n_);
  }
}

double quantile(std::span<const double> values, double p) { return quantile_of_sorted(sorted_copy(values), p); }

double ci95(std::size_t n, double sd) {
  if (n < 2) return undefined;
  return student_t(n - 1) * sd / std::sqrt(static_cast<double>(n));
}

Summary summarise(std::span<const double> values) {
  if (values.empty()) {
    return {.n = 0,
            .mean = undefined,
            .ci95 = undefined,
            .median = undefined,
            .min = undefined,
            .max = undefined,
            .sd = undefined};
  }
  const auto sorted = sorted_copy(values);
  const double mean = mean_of(values);
  const auto n = values.size();
  const double sd = n < 2 ? undefined : std::sqrt(squares_about(values, mean) / static_cast<double>(n - 1));
  return {.n = n,
          .mean = mean,
          .ci95 = ci95(n, sd),
          .median = quantile_of_sorted(sorted, 0.5),
          .min = sorted.front(),
          .max = sorted.back(),
          .sd = sd};
}

Line regress(std::span<const double> x, std::span<const double> y) {
  if (x.size() != y.size()) throw std::invalid_argument("a regression needs as many x as y");
  const auto n = x.size();
  const Line none{.n = n,
                  .slope = undefined,
                  .intercept = undefined,
                  .slope_ci95 = undefined,
                  .intercept_ci95 = undefined,
                  .slope_se = undefined,
                  .intercept_se = undefined,
                  .residual_sd = undefined,
                  .r2 = undefined};
  if (n < 2) return none;
  const double mean_x = mean_of(x);
  const double mean_y = mean_of(y);
  const double sxx = squares_about(x, mean_x);
  const double syy = squares_about(y, mean_y);
  if (sxx == 0) return none;
  double sxy = 0;
  for (std::size_t i = 0; i < n; ++i) sxy += (x[i] - mean_x) * (y[i] - mean_y);

  Line line = none;
  line.slope = sxy / sxx;
  line.intercept = mean_y - line.slope * mean_x;
  double residual = 0;
  for (std::size_t i = 0; i < n; ++i) residual += std::pow(y[i] - mean_y - line.slope * (x[i] - mean_x), 2);
  if (syy > 0) line.r2 = 1 - residual / syy;
  if (n < 3) return line;
  const auto count = static_cast<double>(n);
  line.residual_sd = std::sqrt(residual / (count - 2));
  line.slope_se = line.residual_sd / std::sqrt(sxx);
  line.intercept_se = line.residual_sd * std::sqrt(1 / count + mean_x * mean_x / sxx);
  line.slope_ci95 = student_t(n - 2) * line.slope_se;
  line.intercept_ci95 = student_t(n - 2) * line.intercept_se;
  return line;
}

}  // namespace segue::report
