#include "tests/system/prometheus_api.hpp"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "tests/system/http.hpp"
#include "tests/system/program.hpp"

namespace segue::test {

using nlohmann::json;

namespace {
constexpr Delay patience = std::chrono::seconds(30);  // for what a panel shows only after the next handover
}

bool PrometheusApi::answers() const { return http_get(url_ + "/-/ready").status == 200; }

json PrometheusApi::get(const std::string& path) const {
  return json::parse(http_get(url_ + path).body, nullptr, false);
}

PrometheusApi::Vector PrometheusApi::query(const std::string& expression) const {
  const std::string wanted = "query=" + url_encoded(expression);
  const json answer =
      get(span_ ? fmt::format("/api/v1/query_range?{}&start={:.3f}&end={:.3f}&step=2", wanted, span_->begin, span_->end)
                : "/api/v1/query?" + wanted);
  if (answer.is_discarded()) return {.error = "no JSON", .values = {}};
  if (answer.value("status", "") != "success") return {.error = answer.value("error", "?"), .values = {}};
  Vector vector;
  for (const auto& series : answer.at("data").at("result")) {
    const json points = span_ ? series.at("values") : json::array({series.at("value")});
    double last = std::nan("");
    for (const auto& point : points) {
      const double value = std::stod(point.at(1).get<std::string>());
      if (!std::isnan(value)) last = value;
    }
    if (!std::isnan(last)) vector.values.push_back(last);
  }
  return vector;
}

PrometheusApi::Vector PrometheusApi::query_in_time(const std::string& expression) const {
  if (span_) return query(expression);
  Vector vector;
  eventually(
      [&] {
        vector = query(expression);
        return !vector.error.empty() || !vector.values.empty();
      },
      patience);
  return vector;
}

}  // namespace segue::test
