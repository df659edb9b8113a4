#include "nodes/link/packet.hpp"

#include <algorithm>

namespace segue::link {

std::uint32_t Packet::segments() const noexcept {
  const VnetHeader vnet = header();
  if (vnet.gso_type == 0 || vnet.gso_size == 0) return 1;
  const std::uint32_t frame = frame_length();
  const std::uint32_t payload = frame > vnet.header_length ? frame - vnet.header_length : 0;
  return std::max<std::uint32_t>(1, (payload + vnet.gso_size - 1) / vnet.gso_size);
}

std::byte* SlotPool::take() {
  if (free_ == nullptr && !grow()) return nullptr;
  std::byte* slot = free_;
  std::memcpy(&free_, slot, sizeof free_);
  return slot;
}

bool SlotPool::grow() {
  const std::size_t bytes = slot_bytes_ * slots_a_chunk_;
  if ((chunks_.size() + 1) * bytes > limit_bytes_) return false;
  chunks_.push_back(std::make_unique_for_overwrite<std::byte[]>(bytes));
  for (std::size_t i = slots_a_chunk_; i-- > 0;) give(chunks_.back().get() + i * slot_bytes_);
  return true;
}

std::optional<Packet> PacketPool::copy(const Packet& packet) {
  Packet twin{small_.take(), nullptr, packet.length};
  if (twin.small == nullptr) return std::nullopt;
  if (packet.large != nullptr && (twin.large = large_.take()) == nullptr) {
    small_.give(twin.small);
    return std::nullopt;
  }
  std::memcpy(twin.small, packet.small, std::min<std::size_t>(packet.length, small_slot));
  if (packet.large != nullptr) std::memcpy(twin.large, packet.large, packet.length - small_slot);
  return twin;
}

}  // namespace segue::link
