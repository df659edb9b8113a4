// Feeds libFuzzer's inputs to the decoder of signals, as any host on a link may, and its own signals back to it.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>

#include "nodes/signalling/signal.hpp"

namespace {

using segue::signalling::Signal;

void require(bool holds) {
  if (!holds) std::abort();
}

// A signal whose fields are the input's first bytes, and its text the rest.
Signal signal_from(std::span<const std::uint8_t> bytes) {
  Signal signal;
  signal.kind = static_cast<Signal::Kind>(bytes[0] % 4 + 1);
  signal.attempt = bytes[1];
  std::memcpy(&signal.step, bytes.data() + 2, sizeof signal.step);
  std::memcpy(&signal.handover, bytes.data() + 4, sizeof signal.handover);
  signal.text.assign(bytes.begin() + 12, bytes.end());
  signal.text.resize(std::min(signal.text.size(), segue::signalling::signal_text_limit));
  return signal;
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls it by this name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span bytes(data, size);
  if (const auto decoded = segue::signalling::decode(bytes)) {
    require(segue::signalling::decode(segue::signalling::encode(*decoded)) == decoded);
  }
  if (size < 12) return 0;
  const Signal signal = signal_from(bytes);
  auto encoded = segue::signalling::encode(signal);
  require(segue::signalling::decode(encoded) == signal);
  encoded[bytes[0] % encoded.size()] ^= static_cast<std::uint8_t>(1U << bytes[1] % 8);
  require(!segue::signalling::decode(encoded));
  return 0;
}
