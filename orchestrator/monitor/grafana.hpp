// Grafana beside a Prometheus, where it is installed; Debian does not package it.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "orchestrator/monitor/daemon.hpp"
#include "orchestrator/monitor/scratch.hpp"

namespace segue::monitor {

class Grafana {
 public:
  // `dashboards` is the folder that holds grafana/provisioning. Returns when it answers; throws Error.
  Grafana(const std::string& program, const std::filesystem::path& dashboards, const std::string& prometheus_url);

  const std::string& url() const noexcept { return url_; }  // of the first dashboard

 private:
  Scratch scratch_;
  std::string url_;
  std::optional<Daemon> daemon_;
};

std::optional<std::string> find_grafana();  // grafana-server's path

// How it is started: nothing but these settings is different from its package's own.
DaemonSpec grafana_spec(const std::string& program, const std::filesystem::path& dashboards,
                        const std::string& prometheus_url, const std::filesystem::path& scratch, unsigned port);

}  // namespace segue::monitor
