// The dashboards, by what a Prometheus answers to their expressions. Prints a line for each, with the latest values.
#pragma once

#include <filesystem>
#include <string>

#include "tests/system/prometheus_api.hpp"

namespace segue::test {

std::filesystem::path dashboards_folder();

void check_expression(const PrometheusApi& api, const std::string& where, const std::string& expression);

// Every variable, annotation and panel of grafana/dashboards/NAME.json has something to show; but panels in a row of
// the title `without`, which are passed over.
void check_dashboard(const PrometheusApi& api, const std::string& name, const std::string& without = "");

}  // namespace segue::test
