// Remembers the last packet that has come to this node for one of some addresses, of either family: what a mobile's link layer has acknowledged last.
//
// It hears what comes in by any interface and is for that interface's own address, before the kernel decides whether it
// is delivered. Threading: the thread of the Loop, which is in the namespace that it hears.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "nodes/base/fd.hpp"
#include "nodes/base/ip.hpp"
#include "nodes/base/loop.hpp"

namespace segue::relay {

class Ear {
 public:
  Ear(Loop& loop, std::vector<Address> addresses);  // throws Error
  ~Ear();
  Ear(const Ear&) = delete;
  Ear& operator=(const Ear&) = delete;

  // The digest of the last packet until now; empty if there was none.
  const std::string& last();

 private:
  void take_in();
  bool is_for_address(std::span<const std::byte> packet) const;

  Loop& loop_;
  std::vector<Address> addresses_;
  Fd socket_;
  std::string last_;
};

}  // namespace segue::relay
