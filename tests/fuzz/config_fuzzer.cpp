// Feeds libFuzzer's inputs to the readers of topologies and mechanisms: whatever a file holds, it is loaded or refused.
// Built and run by fuzz.sh beside it.
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "nodes/base/error.hpp"
#include "nodes/base/fd.hpp"
#include "orchestrator/config/mechanism.hpp"
#include "orchestrator/config/routes.hpp"
#include "orchestrator/config/topology.hpp"

namespace {

// A file without a disk, under a path the readers can open.
class MemoryFile {
 public:
  MemoryFile() : fd_(segue::check(::memfd_create("input.toml", MFD_CLOEXEC), "create a file in memory")) {}

  std::string holding(const std::uint8_t* data, std::size_t size) {
    segue::check(::ftruncate(fd_.get(), 0), "empty the file in memory");
    segue::check(::pwrite(fd_.get(), data, size, 0), "write the file in memory");
    return "/proc/self/fd/" + std::to_string(fd_.get());
  }

 private:
  segue::Fd fd_;
};

const segue::config::Topology& lab() {
  static const auto topology = segue::config::load_topology(std::getenv("SEGUE_FUZZ_LAB"));
  return topology;
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls it by this name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static MemoryFile file;
  const std::string path = file.holding(data, size);
  try {
    const auto topology = segue::config::load_topology(path);
    (void)segue::config::shortest_paths(topology);
  } catch (const segue::InputError&) {
  }
  try {
    (void)segue::config::load_mechanism(path, lab());
  } catch (const segue::InputError&) {
  }
  return 0;
}
