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
  while (!under_way_.empty()) pool_.give(under_way_.pop().packet);
  while (!waiting_.empty()) pool_.give(waiting_.pop().packet);
}

void DelayLine::reseed() {
  std::uint64_t state = direction_seed(asked_.seed, link_, static_cast<unsigned>(direction_));
  duplicate_.seed(split_mix(state));
  loss_.seed(split_mix(state));
  corrupt_.seed(split_mix(state));
  reorder_.seed(split_mix(state));
  jitter_.seed(split_mix(state));
}

void DelayLine::change(const Impairments& impairments, Instant when) {
  if (transmitter_.limited()) hand_over(std::max(when, latest_arrival_));
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
  latest_arrival_ = arrival;
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
  if (reorder_.happens()) {
    counters_.reordered += packet.segments();
    return under_way_.push(arrival, packet);
  }
  Instant due = arrival + jitter_.draw();
  // A queue or a varying delay keeps the order. A constant delay that was made shorter lets packets overtake, as in
  // netem.
  if (jitter_.active() || asked_.rate.bits_per_second > 0) due = std::max(due, latest_due_);
  latest_due_ = std::max(latest_due_, due);
  under_way_.push(due, packet);
}

// What has come to the transmitter by `now` waits there, or finds no room.
void DelayLine::hand_over(Instant now) {
  while (!under_way_.empty() && under_way_.front().at <= now) {
    Due due = under_way_.pop();
    if (transmitter_.full(due.at)) {
      refuse(due.packet, due.at, LossCause::queue_full);
      continue;
    }
    due.at = transmitter_.send(due.at, due.packet.frame_length(), due.packet.segments());
    waiting_.push(due);
  }
}

Instant DelayLine::next_due() const noexcept {
  if (!waiting_.empty()) return waiting_.front().at;
  if (under_way_.empty()) return Instant::max();
  const Due& first = under_way_.front();
  return transmitter_.limited() ? transmitter_.end_of(first.at, first.packet.frame_length()) : first.at;
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

std::optional<Due> DelayLine::pop(Instant now) {
  if (waiting_.empty() && !transmitter_.limited()) {
    if (under_way_.empty() || under_way_.front().at > now) return std::nullopt;
    return under_way_.pop();
  }
  hand_over(now);
  if (waiting_.empty() || waiting_.front().at > now) return std::nullopt;
  return waiting_.pop();
}

void DelayLine::delivered(const Packet& packet) noexcept {
  counters_.delivered += packet.segments();
  counters_.bytes += packet.frame_length();
  pool_.give(packet);
}

void DelayLine::failed(const Packet& packet, Instant when) noexcept { refuse(packet, when, LossCause::undelivered); }

}  // namespace segue::link
