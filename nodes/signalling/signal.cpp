#include "nodes/signalling/signal.hpp"

#include <algorithm>
#include <boost/crc.hpp>

namespace segue::signalling {

namespace {

constexpr std::uint32_t magic = 0x53474532;  // "SGE2"
constexpr std::size_t header_size = 18;
constexpr std::size_t checksum_size = 4;

// That of IEEE 802.3.
std::uint32_t checksum_of(std::span<const std::uint8_t> bytes) {
  boost::crc_32_type crc;
  crc.process_bytes(bytes.data(), bytes.size());
  return crc.checksum();
}

template <typename Integer>
void put(std::vector<std::uint8_t>& out, Integer value) {
  for (int shift = static_cast<int>(sizeof(Integer)) * 8 - 8; shift >= 0; shift -= 8) {
    out.push_back(static_cast<std::uint8_t>(value >> shift));
  }
}

template <typename Integer>
Integer take(std::span<const std::uint8_t>& in) {
  Integer value = 0;
  for (std::size_t i = 0; i < sizeof(Integer); ++i) value = static_cast<Integer>((value << 8) | in[i]);
  in = in.subspan(sizeof(Integer));
  return value;
}

template <>
std::uint8_t take<std::uint8_t>(std::span<const std::uint8_t>& in) {
  const std::uint8_t value = in[0];
  in = in.subspan(1);
  return value;
}

}  // namespace

std::vector<std::uint8_t> encode(const Signal& signal) {
  const auto length = std::min(signal.text.size(), signal_text_limit);
  std::vector<std::uint8_t> out;
  out.reserve(header_size + length + checksum_size);
  put(out, magic);
  put(out, static_cast<std::uint8_t>(signal.kind));
  put(out, signal.attempt);
  put(out, signal.step);
  put(out, signal.handover);
  put(out, static_cast<std::uint16_t>(length));
  out.insert(out.end(), signal.text.begin(), signal.text.begin() + static_cast<std::ptrdiff_t>(length));
  put(out, checksum_of(out));
  return out;
}

std::optional<Signal> decode(std::span<const std::uint8_t> bytes) {
  const auto whole = bytes;
  if (bytes.size() < header_size || take<std::uint32_t>(bytes) != magic) return std::nullopt;
  Signal signal;
  const auto kind = take<std::uint8_t>(bytes);
  if (kind < 1 || kind > 4) return std::nullopt;
  signal.kind = static_cast<Signal::Kind>(kind);
  signal.attempt = take<std::uint8_t>(bytes);
  signal.step = take<std::uint16_t>(bytes);
  signal.handover = take<std::uint64_t>(bytes);
  const auto length = take<std::uint16_t>(bytes);
  if (length > signal_text_limit || length + checksum_size > bytes.size()) return std::nullopt;
  signal.text.assign(bytes.begin(), bytes.begin() + length);
  bytes = bytes.subspan(length);
  if (take<std::uint32_t>(bytes) != checksum_of(whole.first(header_size + length))) return std::nullopt;
  return signal;
}

}  // namespace segue::signalling
