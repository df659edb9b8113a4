#include "nodes/protocol/nursery.hpp"

#include <array>

#include "nodes/base/descriptors.hpp"
#include "nodes/base/error.hpp"

namespace segue::protocol {

void ask_for(int nursery, std::uint32_t node, int control, int space) {
  const iovec number{&node, sizeof node};
  check(send_with(nursery, {&number, 1}, std::array{control, space}), "ask for an agent");
}

std::optional<Birth> next_birth(int orchestrator) {
  std::uint32_t node = 0;
  std::array<Fd, 2> descriptors;
  const auto size = receive_with(orchestrator, std::as_writable_bytes(std::span(&node, 1)), descriptors);
  if (check(size, "hear of the next agent") == 0) return std::nullopt;
  if (!descriptors[1]) throw Error("hear of the next agent: without its descriptors");
  return Birth{node, std::move(descriptors[0]), std::move(descriptors[1])};
}

}  // namespace segue::protocol
