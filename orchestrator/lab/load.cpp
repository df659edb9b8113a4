#include "orchestrator/lab/load.hpp"

#include <unistd.h>

#include <fstream>
#include <string>

namespace segue::lab {

IdleMeter::IdleMeter() : begin_(read()) {}

double IdleMeter::idle_share() const {
  const Ticks end = read();
  if (end.all <= begin_.all) return 1.0;
  return static_cast<double>(end.idle - begin_.idle) / static_cast<double>(end.all - begin_.all);
}

Delay IdleMeter::stolen() const {
  const auto ticks = static_cast<std::int64_t>(read().stolen - begin_.stolen);
  return Delay(ticks * (1'000'000'000 / ::sysconf(_SC_CLK_TCK)));
}

// The first line: "cpu user nice system idle iowait irq softirq steal guest guest_nice", in ticks of all cores.
IdleMeter::Ticks IdleMeter::read() {
  constexpr int idle_column = 3;
  constexpr int stolen_column = 7;
  constexpr int columns = 8;  // guest time is counted in user time already
  std::ifstream file("/proc/stat");
  std::string label;
  file >> label;
  Ticks ticks;
  for (int column = 0; column < columns; ++column) {
    std::uint64_t value = 0;
    if (!(file >> value)) break;
    ticks.all += value;
    if (column == idle_column) ticks.idle = value;
    if (column == stolen_column) ticks.stolen = value;
  }
  return ticks;
}

}  // namespace segue::lab
