#include "orchestrator/lab/journal.hpp"

namespace segue::lab {

namespace {
constexpr std::size_t remembered = 20;
}

void Journal::note(const std::string& mechanism, const Scorecard& card) {
  handovers_.push_back({++count_, mechanism, card, now()});
  if (handovers_.size() > remembered) handovers_.pop_front();
}

}  // namespace segue::lab
