#include "orchestrator/keeper/journal.hpp"

namespace segue::keeper {

namespace {
constexpr std::size_t remembered = 20;
}

void Journal::note(const std::string& mechanism, const record::Scorecard& card) {
  handovers_.push_back({++count_, mechanism, card, now()});
  if (handovers_.size() > remembered) handovers_.pop_front();
}

}  // namespace segue::keeper
