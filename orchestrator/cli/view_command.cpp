// view: what a finished run or campaign left, in Prometheus and on the dashboards.
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <poll.h>

#include <cerrno>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <optional>

#include "nodes/base/error.hpp"
#include "nodes/base/signals.hpp"
#include "orchestrator/cli/campaign_metrics.hpp"
#include "orchestrator/cli/commands.hpp"
#include "orchestrator/cli/labs.hpp"
#include "orchestrator/cli/output.hpp"
#include "orchestrator/monitor/grafana.hpp"
#include "orchestrator/monitor/prometheus.hpp"

namespace segue::cli {

namespace {

namespace fs = std::filesystem;

// What to load: what a virtual run has left, or what is made of a campaign's results, in `scratch`.
fs::path metrics_in(const fs::path& folder, const monitor::Scratch& scratch) {
  std::error_code error;
  if (fs::is_regular_file(folder / "campaign.json", error)) {
    scratch.write("metrics.om", campaign_metrics(folder));
    return scratch.path() / "metrics.om";
  }
  if (fs::is_regular_file(folder / "metrics.om", error)) return folder / "metrics.om";
  throw InputError(
      fmt::format("view {}: it holds neither a campaign nor the metrics.om that a run with --clock virtual leaves",
                  folder.string()));
}

void await(const Fd& interrupt) {
  pollfd entry{interrupt.get(), POLLIN, 0};
  while (::poll(&entry, 1, -1) < 0 && errno == EINTR) {
  }
}

}  // namespace

int view_results(const ViewOptions& options) {
  monitor::require_prometheus(true);
  const monitor::Scratch scratch(monitor::Scratch::on_disk);
  const fs::path metrics = metrics_in(options.folder, scratch);
  const fs::path dashboards = find_dashboards();
  const Fd interrupt = watch_signals({SIGINT, SIGTERM});
  const monitor::Prometheus prometheus(
      {.target = {}, .rules = dashboards / "prometheus" / "rules.yml", .data = options.data, .import = metrics});
  std::optional<monitor::Grafana> grafana;
  if (const auto program = monitor::find_grafana()) grafana.emplace(*program, dashboards, prometheus.url());

  const auto begin = static_cast<std::int64_t>(std::floor(prometheus.imported()->begin));
  const auto end = static_cast<std::int64_t>(std::ceil(prometheus.imported()->end));
  std::string out = fmt::format(
      "{}: {} s of metrics\n  prometheus   {}/graph?g0.expr=segue_handovers_total&g0.tab=0"
      "&g0.range_input={}s&g0.end_input={:%Y-%m-%d%%20%H:%M:%S}\n",
      options.folder, end - begin, prometheus.url(), end - begin + 1, fmt::gmtime(end));
  if (grafana) {
    out += fmt::format("  grafana      {}?from={}000&to={}000\n", grafana->url(), begin, end);
  } else {
    out += fmt::format(
        "  grafana      not installed here: give yours that Prometheus as data source, import\n"
        "               {}/grafana/dashboards/*.json, and add ?from={}000&to={}000 to a dashboard's address\n",
        dashboards.string(), begin, end);
  }
  print(out + "Ctrl-C ends it\n");
  await(interrupt);
  return 0;
}

}  // namespace segue::cli
