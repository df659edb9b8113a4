#include "orchestrator/guest/source_changes.hpp"

#include <fmt/format.h>

#include <fstream>
#include <iterator>

#include "nodes/base/error.hpp"

namespace segue::guest {

const std::vector<SourceChange>& source_changes() {
  // In virtual time every reading of the clock by a process takes 256 ns, and the clock has that resolution, so that
  // who polls it gets on. The dozen readings between a message and the next one then add up to microseconds a step.
  // Here a reading takes 1 ns, and 256 only after as many in a row as no program makes that does not poll; and a timer
  // may be as short as it is asked for.
  static const std::vector<SourceChange> changes{
      {"arch/um/include/linux/time-internal.h", "#define TIMER_MULTIPLIER 256\n", "#define TIMER_MULTIPLIER 1\n"},
      {"arch/um/include/linux/time-internal.h", "#define TIMER_MIN_DELTA  500\n", "#define TIMER_MIN_DELTA  1\n"},
      {"arch/um/kernel/time.c", "static u64 timer_read(struct clocksource *cs)\n{\n",
       "/* ns; more for who polls: more than 256 readings with nothing but readings between them */\n"
       "static unsigned long long segue_reading_cost(void)\n"
       "{\n"
       "\tstatic unsigned long long last;\n"
       "\tstatic unsigned int in_a_row;\n"
       "\tunsigned long long cost;\n"
       "\n"
       "\tif (time_travel_time != last)\n"
       "\t\tin_a_row = 0;\n"
       "\tcost = in_a_row < 256 ? 1 : 256;\n"
       "\tin_a_row++;\n"
       "\tlast = time_travel_time + cost;\n"
       "\treturn cost;\n"
       "}\n"
       "\n"
       "static u64 timer_read(struct clocksource *cs)\n{\n"},
      {"arch/um/kernel/time.c", "time_travel_update_time_rel(TIMER_MULTIPLIER);",
       "time_travel_update_time_rel(segue_reading_cost());"},
  };
  return changes;
}

void apply_source_changes(const std::filesystem::path& tree) {
  for (const auto& change : source_changes()) {
    const auto path = tree / change.file;
    std::ifstream in(path, std::ios::binary);
    std::string text(std::istreambuf_iterator<char>(in), {});
    const auto at = text.find(change.from);
    if (at == text.npos || text.find(change.from, at + 1) != text.npos) {
      throw Error(
          fmt::format("change {}: the guest kernel is made from Linux 6.12, and this is not its text", path.native()));
    }
    text.replace(at, change.from.size(), change.to);
    if (!(std::ofstream(path, std::ios::binary) << text << std::flush)) throw Error("write " + path.native());
  }
}

}  // namespace segue::guest
