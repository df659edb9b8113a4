#include "orchestrator/metrics/process.hpp"

#include <prometheus/metric_family.h>
#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace segue::metrics {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

MetricFamily family(const char* name, const char* help, MetricType type, double value) {
  ClientMetric metric;
  (type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
  MetricFamily result;
  result.name = name;
  result.help = help;
  result.type = type;
  result.metric = {metric};
  return result;
}

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// Of "/proc/self/statm": the whole, then what is resident, in pages.
double resident_bytes() {
  std::ifstream file("/proc/self/statm");
  double all = 0;
  double resident = 0;
  file >> all >> resident;
  return file ? resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) : 0;
}

double open_descriptors() {
  std::error_code error;
  double count = 0;
  for (std::filesystem::directory_iterator entry("/proc/self/fd", error), end; !error && entry != end;
       entry.increment(error)) {
    ++count;
  }
  return count;
}

}  // namespace

std::vector<MetricFamily> ProcessCollector::Collect() const {
  std::vector<MetricFamily> families;
  families.push_back(family("process_cpu_seconds_total", "User and system processor time of the exporting process.",
                            MetricType::Counter, cpu_seconds()));
  if (const double bytes = resident_bytes(); bytes > 0) {
    families.push_back(
        family("process_resident_memory_bytes", "Resident memory of the exporting process.", MetricType::Gauge, bytes));
  }
  if (const double count = open_descriptors(); count > 0) {
    families.push_back(
        family("process_open_fds", "Open descriptors of the exporting process.", MetricType::Gauge, count));
  }
  return families;
}

}  // namespace segue::metrics
