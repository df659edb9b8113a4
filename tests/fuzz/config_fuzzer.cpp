// Feeds libFuzzer's inputs to the readers of topologies and mechanisms: whatever a file holds, it is loaded or refused.
// Built and run by fuzz.sh beside it.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "nodes/base/error.hpp"
#include "orchestrator/config/mechanism.hpp"
#include "orchestrator/config/routes.hpp"
#include "orchestrator/config/topology.hpp"
#include "tests/fuzz/memory_file.hpp"

namespace {

const segue::config::Topology& lab() {
  static const auto topology = segue::config::load_topology(std::getenv("SEGUE_FUZZ_LAB"));
  return topology;
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls it by this name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static segue::fuzz::MemoryFile file;
  file.hold(segue::fuzz::text_of(data, size));
  try {
    const auto topology = segue::config::load_topology(file.path());
    (void)segue::config::shortest_paths(topology);
  } catch (const segue::InputError&) {
  }
  try {
    (void)segue::config::load_mechanism(file.path(), lab());
  } catch (const segue::InputError&) {
  }
  return 0;
}
