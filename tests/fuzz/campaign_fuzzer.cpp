// Feeds libFuzzer's inputs to the reader of campaign files: whatever a file holds, it is loaded or refused. What was
// loaded has its names looked up in a lab and its values read as quantities, as a plan does.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "nodes/base/error.hpp"
#include "orchestrator/campaign/campaign.hpp"
#include "orchestrator/campaign/names.hpp"
#include "orchestrator/campaign/plan.hpp"
#include "tests/fuzz/memory_file.hpp"

namespace {

using namespace segue;

const config::Topology& lab() {
  static const auto topology = config::load_topology(std::getenv("SEGUE_FUZZ_LAB"));
  return topology;
}

void look_up(const campaign::Campaign& campaign, const std::string& name) {
  try {
    (void)campaign::expand_name(campaign, lab(), name);
  } catch (const InputError&) {
  }
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls it by this name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static fuzz::MemoryFile file;
  file.hold(fuzz::text_of(data, size));
  try {
    const auto campaign = campaign::load_campaign(file.path());
    for (const auto& setting : campaign.fixed) look_up(campaign, setting.name);
    for (const auto& axis : campaign.axes) {
      for (std::size_t i = 0; i < axis.names.size(); ++i) {
        look_up(campaign, axis.names[i]);
        for (const auto& point : axis.points) (void)campaign::quantity_of(axis.names[i], point.at(i));
      }
    }
  } catch (const InputError&) {
  }
  return 0;
}
