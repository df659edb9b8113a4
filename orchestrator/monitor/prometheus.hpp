// A Prometheus of one's own (Debian's `prometheus`): scrapes a lab, or shows what a finished run left.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "orchestrator/monitor/daemon.hpp"
#include "orchestrator/monitor/scratch.hpp"

namespace segue::monitor {

struct PrometheusOptions {
  std::string target;            // "127.0.0.1:9464", scraped once a second; empty: nothing is scraped
  std::filesystem::path rules;   // a file of rules to evaluate
  std::filesystem::path data;    // empty: in memory, gone with it
  std::filesystem::path import;  // OpenMetrics text to load before it starts
};

// Throws MachineError if prometheus (or, to import, promtool) is not installed.
void require_prometheus(bool import);

class Prometheus {
 public:
  // Returns when it answers. With `import`, the recording rules are filled in for the time of what was imported.
  // Throws Error, InputError if the file to import is none.
  explicit Prometheus(const PrometheusOptions& options);

  const std::string& url() const noexcept { return url_; }  // "http://127.0.0.1:43127"

  // The time of what was imported, in Unix seconds.
  struct Span {
    double begin = 0;
    double end = 0;
  };
  const std::optional<Span>& imported() const noexcept { return imported_; }

 private:
  void start();
  void import(const std::filesystem::path& metrics);
  std::filesystem::path rules_path() const { return scratch_.path() / "rules.yml"; }

  std::string program_;
  Scratch scratch_;
  std::filesystem::path data_;
  std::string url_;
  std::optional<Span> imported_;
  std::optional<Daemon> daemon_;
};

// The first and the last time in OpenMetrics text. Throws InputError if there is none.
Prometheus::Span span_of(const std::filesystem::path& open_metrics);

}  // namespace segue::monitor
