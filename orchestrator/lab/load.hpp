// How busy the machine's cores are, from /proc/stat.
#pragma once

#include <cstdint>

#include "nodes/base/clock.hpp"

namespace segue::lab {

class IdleMeter {
 public:
  IdleMeter();                // from now on
  double idle_share() const;  // 0 to 1 of all cores since; 1 where the kernel does not say
  Delay stolen() const;       // what the hypervisor has taken of them since, to a tick of the kernel's: 10 ms

 private:
  struct Ticks {
    std::uint64_t idle = 0;
    std::uint64_t stolen = 0;
    std::uint64_t all = 0;
  };
  static Ticks read();

  Ticks begin_;
};

}  // namespace segue::lab
