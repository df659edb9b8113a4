// The kernel's link emulator, in its own quantities (tc-netem(8), linux/pkt_sched.h). Delays are written as the 64-bit
// nanosecond attributes (Linux 4.16) beside the 32-bit ticks; the seed needs Linux 6.6 and is ignored by older ones.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "nodes/base/units.hpp"
#include "nodes/netlink/socket.hpp"

namespace segue::netlink {

enum class NetemDistribution : std::uint8_t { uniform, normal };

// Loss by the Gilbert-Elliott model: `loss gemodel p r 1-h 1-k`.
struct NetemGilbertElliott {
  Probability p{};             // good to bad, per packet
  Probability r{};             // bad to good
  Probability loss_in_bad{};   // 1-h
  Probability loss_in_good{};  // 1-k
  friend bool operator==(const NetemGilbertElliott&, const NetemGilbertElliott&) = default;
};

// Probabilities have a resolution of 2^-32. Correlations are not used: always 0.
struct Netem {
  Delay latency{0};
  Delay jitter{0};  // uniform: latency ± jitter; normal: its standard deviation. The kernel cuts it at 2^31 ns.
  NetemDistribution distribution = NetemDistribution::uniform;
  std::uint32_t limit = 1000;  // packets
  Probability loss{};          // independent; not looked at with gilbert_elliott
  std::optional<NetemGilbertElliott> gilbert_elliott{};
  Probability duplicate{};
  Probability reorder{};  // sent at once instead of delayed
  std::uint32_t gap = 0;  // with reorder: only every gap-th packet may be; 0 counts as 1. Else without meaning.
  Probability corrupt{};
  std::uint64_t bytes_per_second = 0;   // 0: no limit
  std::optional<std::uint64_t> seed{};  // none: the kernel's choice
  friend bool operator==(const Netem&, const Netem&) = default;
};

// Where in the tree of an interface's qdiscs. A netem at the root hands what is due to the one below it, if there is
// one, and counts as its own what that one holds and drops; but what it reorders it sends past that one.
enum class NetemAt : std::uint8_t { root, below };
constexpr std::uint32_t netem_handle = 0x1'0000;        // 1:, of the one at the root
constexpr std::uint32_t netem_below_parent = 0x1'0001;  // 1:1, its only class

// Puts netem there, or changes the one that is: what is in flight stays in flight. Everything is set, so nothing of an
// earlier setting is left.
Request replace_netem(std::uint32_t index, const Netem& netem, NetemAt at = NetemAt::root);
Request change_netem(std::uint32_t index, const Netem& netem);  // at the root; refused if there is none

// Reads the payload of TCA_OPTIONS as the kernel (or replace_netem) writes it. Throws Error for bytes that are none.
// The kernel does not tell the distribution (it reads as uniform), and tells a seed also where it chose it.
Netem decode_netem(std::span<const std::byte> options);

std::optional<Netem> read_netem(Socket& socket, std::uint32_t index, NetemAt at = NetemAt::root);  // none: not there

// Tries, in a namespace of its own. Throws MachineError if the privilege for that is missing.
bool kernel_has_netem();

}  // namespace segue::netlink
