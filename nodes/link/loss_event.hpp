// Which packet was lost, where, when and why.
#pragma once

#include <cstdint>

#include "nodes/base/clock.hpp"

namespace segue::link {

enum class Direction : std::uint8_t { a_to_b, b_to_a };

enum class LossCause : std::uint8_t {
  loss,         // the loss impairment took it
  queue_full,   // more packets than queue_limit were waiting for the transmitter
  memory,       // the emulator itself had no room left: it did not keep up
  undelivered,  // the interface at the far end is down, gone, or refused it
};

struct LossEvent {
  Instant when;
  std::uint32_t link = 0;    // LinkId
  std::uint32_t length = 0;  // bytes, Ethernet header included
  Direction direction = Direction::a_to_b;
  LossCause cause = LossCause::loss;
};

}  // namespace segue::link
