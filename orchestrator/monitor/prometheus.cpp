#include "orchestrator/monitor/prometheus.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <fstream>
#include <utility>
#include <vector>

#include "nodes/base/error.hpp"
#include "nodes/process/run.hpp"
#include "orchestrator/files/whole_file.hpp"

namespace segue::monitor {

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t memory = 512ULL * 1024 * 1024;
constexpr const char* package = "prometheus";

std::string configuration(const PrometheusOptions& options) {
  std::string text =
      "global:\n"
      "  scrape_interval: 1s\n"
      "  evaluation_interval: 1s\n"
      "rule_files: [rules.yml]\n";
  if (options.target.empty()) return text;
  return text + fmt::format(
                    "scrape_configs:\n"
                    "  - job_name: segue\n"
                    "    static_configs:\n"
                    "      - targets: ['{}']\n",
                    options.target);
}

// Runs promtool to its end. Throws Error with what it said.
void promtool(const std::vector<std::string>& arguments, int inherit) {
  process::Program program{
      .path = process::require_program("promtool", package), .arguments = arguments, .errors = process::as_output};
  if (inherit >= 0) program.inherit = {inherit};
  const auto [status, said] = process::run(std::move(program));
  if (!status.success()) throw Error(fmt::format("promtool {}: {}", fmt::join(arguments, " "), said));
}

}  // namespace

void require_prometheus(bool import) {
  process::require_program("prometheus", package);
  if (import) process::require_program("promtool", package);
}

Prometheus::Prometheus(const PrometheusOptions& options)
    : program_(process::require_program("prometheus", package)),
      scratch_(options.import.empty() ? memory : Scratch::on_disk),  // promtool reserves half a gigabyte for a block
      data_(options.data.empty() ? scratch_.path() / "data" : options.data) {
  scratch_.write("rules.yml", files::read_file(options.rules));
  scratch_.write("prometheus.yml", configuration(options));
  if (!options.import.empty()) import(options.import);
  start();
}

void Prometheus::start() {
  const std::string address = fmt::format("127.0.0.1:{}", free_port());
  const fs::path log = scratch_.path() / "prometheus.log";
  daemon_.emplace(
      DaemonSpec{.program = program_,
                 .arguments = {"--config.file=" + (scratch_.path() / "prometheus.yml").string(),
                               "--storage.tsdb.path=" + data_.string(),
                               // What was imported may be of any year; what is scraped has to fit.
                               imported_ ? "--storage.tsdb.retention.time=100y" : "--storage.tsdb.retention.size=256MB",
                               "--web.listen-address=" + address},
                 .environment = {},
                 .log = log,
                 .inherit = scratch_.descriptor()});
  url_ = "http://" + address;
  await_ready(*daemon_, url_ + "/-/ready", log);
}

// Recording rules are evaluated for the present only: promtool fills them in for the past, asking a Prometheus that has
// the samples; blocks are read when it starts.
void Prometheus::import(const fs::path& metrics) {
  imported_ = span_of(metrics);
  promtool({"tsdb", "create-blocks-from", "openmetrics", fs::absolute(metrics).string(), data_.string()},
           scratch_.descriptor());
  start();
  promtool({"tsdb", "create-blocks-from", "rules", fmt::format("--start={}", std::floor(imported_->begin)),
            fmt::format("--end={}", std::ceil(imported_->end)), "--eval-interval=1s", "--url=" + url_,
            "--output-dir=" + data_.string(), (scratch_.path() / "rules.yml").string()},
           scratch_.descriptor());
  daemon_.reset();
}

Prometheus::Span span_of(const fs::path& open_metrics) {
  std::ifstream file(open_metrics);
  if (!file) throw InputError(fmt::format("read {}: there is no such file", open_metrics.string()));
  std::optional<Prometheus::Span> span;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.front() == '#') continue;
    const auto space = line.rfind(' ');
    double time = 0;
    if (space == std::string::npos) continue;
    const auto [rest, error] = std::from_chars(line.data() + space + 1, line.data() + line.size(), time);
    if (error != std::errc{} || rest != line.data() + line.size()) {
      throw InputError(fmt::format("{}: no OpenMetrics text: \"{}\"", open_metrics.string(), line.substr(0, 80)));
    }
    if (!span) span = Prometheus::Span{time, time};
    span->begin = std::min(span->begin, time);
    span->end = std::max(span->end, time);
  }
  if (!span) throw InputError(fmt::format("{}: there are no samples in it", open_metrics.string()));
  return *span;
}

}  // namespace segue::monitor
