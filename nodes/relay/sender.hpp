// Sends packets with their headers, as they are, with a mark by which this node's rules know them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "nodes/base/fd.hpp"

namespace segue::relay {

// Of both families. What leads nowhere is lost, as any other packet would be.
class Sender {
 public:
  explicit Sender(std::uint32_t mark);  // throws Error

  void send(std::span<const std::byte> packet) const;

 private:
  Fd ipv6_;
  Fd ipv4_;
};

}  // namespace segue::relay
