// What a lab that stays up remembers of itself, for whoever asks how it is doing.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "nodes/base/clock.hpp"
#include "orchestrator/record/result.hpp"

namespace segue::keeper {

class Journal {
 public:
  void note(const std::string& mechanism, const record::Scorecard& card);
  void note(const record::Sample& sample) { sample_ = sample; }

  struct Entry {
    std::uint64_t number = 0;  // from 1, of all the lab's handovers
    std::string mechanism;
    record::Scorecard card;
    Instant ended;
  };
  const std::deque<Entry>& handovers() const noexcept { return handovers_; }        // oldest first, twenty at most
  const std::optional<record::Sample>& sample() const noexcept { return sample_; }  // the last one

 private:
  std::uint64_t count_ = 0;
  std::deque<Entry> handovers_;
  std::optional<record::Sample> sample_;
};

}  // namespace segue::keeper
