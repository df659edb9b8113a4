// A lab in which packets go missing for every reason there is, and what its runs say of that, added up.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace segue::test {

// The paper's network with loss on its links, one link that also has a rate and a queue of one packet, and, beside the
// paper's own, mechanisms with a buffer of one packet and with one that is discarded. Signals are repeated.
void write_lossy_lab(const std::filesystem::path& lab);
inline const std::vector<std::string> lossy_mechanisms{"prompt-scheduled", "overflows", "discards"};

struct Causes {
  std::size_t handovers = 0;
  std::size_t completed = 0;
  std::uint64_t lost = 0;  // of all packets
  std::uint64_t late = 0;
  std::map<std::string, std::uint64_t> sums;  // by cause
  std::vector<std::string> differences;       // where what is told does not add up; empty: nowhere

  void add(const Causes& more);
};

// What a run left in `out`: of each handover and of each call the causes have to sum to what was lost or late, in the
// table of packets too; and on the link that has both, each cause to what its engine has counted.
Causes causes_in(const std::filesystem::path& out);

}  // namespace segue::test
