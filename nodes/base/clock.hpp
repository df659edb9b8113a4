// Time. Every node of a lab reads one monotonic clock, so one-way delay needs no synchronisation.
#pragma once

#include <chrono>
#include <cstdint>

namespace segue {

using Nanoseconds = std::chrono::nanoseconds;
using Delay = Nanoseconds;

// CLOCK_MONOTONIC, nanoseconds since boot.
using Clock = std::chrono::steady_clock;
using Instant = std::chrono::time_point<Clock, Nanoseconds>;

inline Instant now() noexcept { return Clock::now(); }
inline std::int64_t to_ns(Instant instant) noexcept { return instant.time_since_epoch().count(); }
inline Instant from_ns(std::int64_t ns) noexcept { return Instant(Nanoseconds(ns)); }

// Turns a kernel receive time stamp (SO_TIMESTAMPNS, CLOCK_REALTIME) into an Instant. Valid for stamps of the last
// second or so: it takes the present offset between both clocks. Never later than now.
Instant from_realtime_stamp(const timespec& stamp) noexcept;

}  // namespace segue
