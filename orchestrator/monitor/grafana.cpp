#include "orchestrator/monitor/grafana.hpp"

#include <fmt/format.h>

#include "nodes/process/child.hpp"

namespace segue::monitor {

namespace fs = std::filesystem;

namespace {
constexpr std::uint64_t memory = 512ULL * 1024 * 1024;
}

std::optional<std::string> find_grafana() {
  auto path = process::find_program("grafana-server");
  if (path.empty()) return std::nullopt;
  return path;
}

DaemonSpec grafana_spec(const std::string& program, const fs::path& dashboards, const std::string& prometheus_url,
                        const fs::path& scratch, unsigned port) {
  const auto setting = [](const char* name, std::string value) {
    return std::pair{std::string(name), std::move(value)};
  };
  return {
      .program = program,
      .arguments = {"--homepath", "/usr/share/grafana"},
      .environment = {setting("GF_SERVER_HTTP_ADDR", "127.0.0.1"), setting("GF_SERVER_HTTP_PORT", std::to_string(port)),
                      setting("GF_PATHS_DATA", (scratch / "data").string()),
                      setting("GF_PATHS_LOGS", (scratch / "log").string()),
                      setting("GF_PATHS_PROVISIONING", (dashboards / "grafana" / "provisioning").string()),
                      setting("GF_AUTH_ANONYMOUS_ENABLED", "true"), setting("GF_AUTH_ANONYMOUS_ORG_ROLE", "Viewer"),
                      setting("GF_ANALYTICS_REPORTING_ENABLED", "false"),
                      setting("GF_ANALYTICS_CHECK_FOR_UPDATES", "false"),
                      setting("SEGUE_PROMETHEUS_URL", prometheus_url),
                      setting("SEGUE_DASHBOARDS", (dashboards / "grafana" / "dashboards").string())},
      .log = scratch / "grafana.log"};
}

Grafana::Grafana(const std::string& program, const fs::path& dashboards, const std::string& prometheus_url)
    : scratch_(memory) {
  const unsigned port = free_port();
  DaemonSpec spec = grafana_spec(program, dashboards, prometheus_url, scratch_.path(), port);
  spec.inherit = scratch_.descriptor();
  daemon_.emplace(spec);
  const std::string address = fmt::format("http://127.0.0.1:{}", port);
  await_ready(*daemon_, address + "/api/health", spec.log);
  url_ = address + "/d/segue-handover";
}

}  // namespace segue::monitor
