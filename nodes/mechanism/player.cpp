#include "nodes/mechanism/player.hpp"

#include <fmt/format.h>

#include <iterator>
#include <utility>

#include "nodes/base/error.hpp"

namespace segue::mechanism {

namespace {
constexpr std::size_t remembered_plays = 16;
}

Player::Player(Loop& loop, World& world, std::uint32_t node, Play::Outlet outlet)
    : loop_(loop), world_(world), node_(node), outlet_(std::move(outlet)) {}

void Player::prepare(protocol::Plan plan) {
  const auto handover = plan.handover;
  plays_[handover] = std::make_unique<Play>(loop_, world_, std::move(plan), outlet_);
  for (auto play = plays_.begin(); play != plays_.end() && plays_.size() > remembered_plays;) {
    play = play->second->over() ? plays_.erase(play) : std::next(play);
  }
}

void Player::begin(std::uint64_t handover, Instant at) {
  const auto found = plays_.find(handover);
  if (found == plays_.end()) throw Error(fmt::format("begin handover {}: it was not prepared", handover));
  found->second->begin(at);
}

void Player::abandon(std::uint64_t handover) {
  const auto found = plays_.find(handover);
  if (found != plays_.end()) found->second->abandon();
}

void Player::receive(const signalling::Signal& signal, Instant stamp) {
  const auto found = plays_.find(signal.handover);
  if (found != plays_.end()) return found->second->receive(signal, stamp);
  outlet_.anomaly({signal.handover, node_, signal.step, "unexpected", signal.text});
}

}  // namespace segue::mechanism
