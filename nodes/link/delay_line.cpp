#include "nodes/link/delay_line.hpp"

#include <algorithm>

#include "nodes/link/corrupt.hpp"

namespace segue::link {

DelayLine::DelayLine(PacketPool& pool, LossLog& log, std::uint32_t link, Direction direction,
                     const Impairments& impairments)
    : pool_(pool), log_(log), link_(link), direction_(direction), asked_(impairments) {
  reseed();
  change(impairments);
}

DelayLine::~DelayLine() {
  while (!queue_.empty()) pool_.give(queue_.pop().packet);
}

void DelayLine::reseed() {
  std::uint64_t state = direction_seed(asked_.seed, link_, static_cast<unsigned>(direction_));
  duplicate_.seed(split_mix(state));
  loss_.seed(split_mix(state));
  corrupt_.seed(split_mix(state));
  reorder_.seed(split_mix(state));
  jitter_.seed(split_mix(state));
}

void DelayLine::change(const Impairments& impairments) {
  const bool other_seed = impairments.seed != asked_.seed;
  asked_ = impairments;
  if (other_seed) reseed();
  duplicate_.set(asked_.duplicate);
  loss_.set(asked_.loss, asked_.gilbert_elliott);
  corrupt_.set(asked_.corrupt);
  transmitter_.set(asked_.rate, asked_.queue_limit);
  reorder_.set(asked_.delay > Delay{0} ? asked_.reorder : Probability{});
  jitter_.set(asked_.delay, asked_.jitter, asked_.jitter_shape);
}

void DelayLine::push(const Packet& packet, Instant arrival) {
  counters_.packets += packet.segments();
  const bool twice = duplicate_.happens();
  const bool lost = loss_.strikes();
  if (twice) counters_.duplicated += packet.segments();
  if (twice && lost) {
    // One of the two survives, and netem does not roll the dice for it again.
    counters_.lost += packet.segments();
    log(packet, arrival, LossCause::loss);
    return admit(packet, arrival);
  }
  if (lost) return refuse(packet, arrival, LossCause::loss);
  if (twice) {
    // The twin runs through the same mill, but is not duplicated again.
    if (const auto twin = pool_.copy(packet)) {
      loss_.strikes() ? refuse(*twin, arrival, LossCause::loss) : admit(*twin, arrival);
    } else {
      counters_.dropped += packet.segments();
      log(packet, arrival, LossCause::memory);
    }
  }
  admit(packet, arrival);
}

void DelayLine::admit(Packet packet, Instant arrival) {
  if (corrupt_.happens() && flip_one_bit(packet, corrupt_.random())) counters_.corrupted += packet.segments();
  if (transmitter_.full(arrival)) return refuse(packet, arrival, LossCause::queue_full);
  if (reorder_.happens()) {
    counters_.reordered += packet.segments();
    return queue_.push(arrival, packet);
  }
  Instant due = transmitter_.send(arrival, packet.frame_length(), packet.segments()) + jitter_.draw();
  // A queue or a varying delay keeps the order. A constant delay that was made shorter lets packets overtake, as in
  // netem.
  if (jitter_.active() || asked_.rate.bits_per_second > 0) due = std::max(due, latest_due_);
  latest_due_ = std::max(latest_due_, due);
  queue_.push(due, packet);
}

void DelayLine::refuse(const Packet& packet, Instant arrival, LossCause cause) {
  (cause == LossCause::loss ? counters_.lost : counters_.dropped) += packet.segments();
  log(packet, arrival, cause);
  pool_.give(packet);
}

void DelayLine::log(const Packet& packet, Instant when, LossCause cause) {
  log_.add({when, link_, packet.frame_length(), direction_, cause});
}

void DelayLine::overrun(const Packet& packet, Instant arrival) {
  counters_.packets += packet.segments();
  counters_.dropped += packet.segments();
  log(packet, arrival, LossCause::memory);
}

std::optional<Due> DelayLine::pop(Instant now) noexcept {
  if (queue_.empty() || queue_.front().at > now) return std::nullopt;
  return queue_.pop();
}

void DelayLine::delivered(const Packet& packet) noexcept {
  counters_.delivered += packet.segments();
  counters_.bytes += packet.frame_length();
  pool_.give(packet);
}

void DelayLine::failed(const Packet& packet, Instant when) noexcept { refuse(packet, when, LossCause::undelivered); }

}  // namespace segue::link
