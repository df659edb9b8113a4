// What a Prometheus answers over its HTTP API.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "nodes/base/clock.hpp"

namespace segue::test {

class PrometheusApi {
 public:
  struct Span {  // Unix seconds
    double begin = 0;
    double end = 0;
  };
  // Queries are for the present, or for all of a span: the last number there is in it.
  explicit PrometheusApi(std::string url, std::optional<Span> span = {}) : url_(std::move(url)), span_(span) {}

  const std::string& url() const { return url_; }
  bool answers() const;

  nlohmann::json get(const std::string& path) const;

  struct Vector {
    std::string error;
    std::vector<double> values;  // a series each, those that are numbers
  };
  Vector query(const std::string& expression) const;

  // Looks again while there is nothing, since a mobile node between two routers, say, is at none.
  Vector query_in_time(const std::string& expression) const;

  bool holds(const std::string& expression) const { return !query(expression).values.empty(); }

 private:
  std::string url_;
  std::optional<Span> span_;
};

}  // namespace segue::test
