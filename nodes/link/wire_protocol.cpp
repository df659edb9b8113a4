#include "nodes/link/wire_protocol.hpp"

#include <fmt/format.h>

#include <cstring>

namespace segue::link {

std::string refusal_of(const Impairments& wanted) {
  const std::array probabilities{
      std::pair{"loss", wanted.loss},
      std::pair{"duplicate", wanted.duplicate},
      std::pair{"reorder", wanted.reorder},
      std::pair{"corrupt", wanted.corrupt},
      std::pair{"Gilbert-Elliott p", wanted.gilbert_elliott.p},
      std::pair{"Gilbert-Elliott r", wanted.gilbert_elliott.r},
      std::pair{"Gilbert-Elliott loss in bad", wanted.gilbert_elliott.loss_in_bad},
      std::pair{"Gilbert-Elliott loss in good", wanted.gilbert_elliott.loss_in_good},
  };
  for (const auto& [name, probability] : probabilities) {
    // Written so that a NaN is refused too.
    if (!(probability.value >= 0 && probability.value <= 1)) return fmt::format("{} is no probability", name);
  }
  if (wanted.delay < Delay{0} || wanted.delay > longest_delay) return "delay is not between 0 and an hour";
  if (wanted.jitter < Delay{0} || wanted.jitter > longest_delay) return "jitter is not between 0 and an hour";
  if (wanted.jitter_shape > JitterShape::normal) return "unknown shape of jitter";
  if (wanted.rate.bits_per_second > 0 && wanted.queue_limit == 0) return "a rate needs a queue limit of at least 1";
  if (wanted.loss.value > 0 && wanted.gilbert_elliott.p.value > 0) return "loss and Gilbert-Elliott exclude each other";
  return {};
}

Parsed parse_request(std::span<const std::byte> message) {
  if (message.size() != sizeof(Request)) return {{}, fmt::format("a request of {} bytes", message.size())};
  Request request;
  std::memcpy(&request, message.data(), sizeof request);
  if (request.version != wire_version) return {{}, "another version of segue-wire"};
  if (request.kind > RequestKind::losses) return {{}, "unknown kind of request"};
  if (request.direction > Direction::b_to_a) return {{}, "unknown direction"};
  if (request.spin < Delay{0} || request.spin > longest_spin) return {{}, "spin is not between 0 and 10 ms"};
  for (const auto& impairments : {request.a_to_b, request.b_to_a}) {
    if (auto reason = refusal_of(impairments); !reason.empty()) return {{}, std::move(reason)};
  }
  return {request, {}};
}

}  // namespace segue::link
