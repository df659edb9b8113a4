#include "tests/system/dashboards.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "tests/system/http.hpp"
#include "tests/system/pattern.hpp"

namespace segue::test {

namespace fs = std::filesystem;
using nlohmann::json;

fs::path dashboards_folder() { return fs::path(SEGUE_SOURCE_DIR) / "dashboards"; }

namespace {

json dashboard_named(const std::string& name) {
  const fs::path path = dashboards_folder() / "grafana/dashboards" / (name + ".json");
  std::ifstream file(path);
  REQUIRE_MESSAGE(file, path.string());
  return json::parse(file);
}

// As Grafana would with the choice "All" and a scrape every few seconds.
std::string substituted(std::string expression, const json& dashboard) {
  std::map<std::string, std::string> values = {{"$__rate_interval", "30s"}, {"$__interval", "1s"}, {"$__range", "5m"}};
  for (const auto& variable : dashboard.at("templating").at("list")) {
    values["$" + variable.at("name").get<std::string>()] = ".*";
  }
  for (const auto& [name, value] : values) {
    for (std::size_t at = 0; (at = expression.find(name, at)) != std::string::npos; at += value.size()) {
      expression.replace(at, name.size(), value);
    }
  }
  return expression;
}

void check_variable(const PrometheusApi& api, const std::string& where, const std::string& query) {
  const auto parts = first_match_of(R"(^label_values\((.+), (\w+)\)$)", query);
  CAPTURE(where);
  CAPTURE(query);
  REQUIRE_FALSE(parts.empty());
  const json answer = api.get(fmt::format("/api/v1/label/{}/values?match%5B%5D={}", parts[2], url_encoded(parts[1])));
  REQUIRE(answer.value("status", "") == "success");
  CHECK_FALSE(answer.at("data").empty());
  std::printf("  %-70s %s\n", where.c_str(), answer.at("data").dump().c_str());
}

}  // namespace

void check_expression(const PrometheusApi& api, const std::string& where, const std::string& expression) {
  const auto vector = api.query_in_time(expression);
  std::string shown;
  for (std::size_t i = 0; i < vector.values.size() && i < 3; ++i) shown += fmt::format(" {:.4g}", vector.values[i]);
  std::printf("  %-70s %3zu series:%s%s\n", where.c_str(), vector.values.size(), shown.c_str(),
              vector.values.size() > 3 ? " …" : "");
  CAPTURE(where);
  CAPTURE(expression);
  if (!vector.error.empty()) {
    FAIL_CHECK(vector.error);
  } else if (vector.values.empty()) {
    FAIL_CHECK("nothing to show");
  }
}

void check_dashboard(const PrometheusApi& api, const std::string& name, const std::string& without) {
  const json board = dashboard_named(name);
  for (const auto& variable : board.at("templating").at("list")) {
    if (variable.at("type") != "query") continue;
    check_variable(api, fmt::format("{} / ${}", name, variable.at("name").get<std::string>()),
                   substituted(variable.at("query").at("query").get<std::string>(), board));
  }
  for (const auto& annotation : board.at("annotations").at("list")) {
    if (annotation.contains("builtIn")) continue;
    check_expression(api, fmt::format("{} / annotation {}", name, annotation.at("name").get<std::string>()),
                     substituted(annotation.at("target").at("expr").get<std::string>(), board));
  }
  std::string row;
  for (const auto& panel : board.at("panels")) {
    if (panel.at("type") == "row") row = panel.at("title");
    if (panel.at("type") == "row" || (!without.empty() && row == without)) continue;
    for (const auto& target : panel.at("targets")) {
      check_expression(api,
                       fmt::format("{} / {} / {}", name, panel.at("title").get<std::string>(),
                                   target.at("refId").get<std::string>()),
                       substituted(target.at("expr").get<std::string>(), board));
    }
  }
}

}  // namespace segue::test
