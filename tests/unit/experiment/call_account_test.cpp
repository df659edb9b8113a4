#include "orchestrator/experiment/call_account.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace segue;
using namespace segue::experiment;

namespace {

constexpr std::int64_t ms = 1'000'000;

}  // namespace

TEST_CASE("counted handover by handover, a call has what it has when all of it is looked at at once") {
  for (unsigned seed = 1; seed <= 50; ++seed) {
    std::mt19937_64 random(seed);
    CallAccount account;
    CallRecords all;
    std::vector<probe::Window> windows;
    std::vector<probe::FlowScore> scores;
    std::uint64_t sequence = 0;
    std::uint64_t lost = 0;
    for (int handover = 0; handover < 6; ++handover) {
      CallRecords more;
      const std::int64_t begin = static_cast<std::int64_t>(sequence) * 20 * ms;
      for (int i = 0; i < 100; ++i, ++sequence) {
        const auto at = static_cast<std::int64_t>(sequence) * 20 * ms;
        more.sent.push_back({sequence, at});
        if (random() % 10 == 0) {
          ++lost;
          continue;
        }
        const auto arrival = at + 50 * ms + static_cast<std::int64_t>(random() % 100) * ms;
        more.received.push_back({sequence, at, arrival});
        if (random() % 20 == 0) more.received.push_back({sequence, at, arrival + ms});
      }
      account.add(more);
      all.sent.insert(all.sent.end(), more.sent.begin(), more.sent.end());
      all.received.insert(all.received.end(), more.received.begin(), more.received.end());
      const auto from = begin + 500 * ms;
      windows.push_back({from, from + static_cast<std::int64_t>(random() % 800) * ms});
      scores.push_back(account.after(windows.back()));
      if (random() % 3 == 0) {
        windows.push_back({from + 900 * ms, from + 1200 * ms});
        account.disregard(windows.back());
        scores.push_back({});
      }
      const auto so_far = account.so_far();
      CHECK(so_far.sent == sequence);
      CHECK(so_far.lost == lost);
      CHECK(so_far.lost_outside == probe::attribute(all.sent, all.received, windows).outside.lost);
    }
    const auto expected = probe::attribute(all.sent, all.received, windows);
    for (std::size_t i = 0; i < windows.size(); ++i) {
      if (scores[i].sent == 0) continue;  // disregarded
      CHECK(scores[i].sent == expected.windows[i].sent);
      CHECK(scores[i].lost == expected.windows[i].lost);
      CHECK(scores[i].duplicated == expected.windows[i].duplicated);
    }
    const auto whole = account.whole();
    const auto so_far = account.so_far();
    CHECK(whole.sent == so_far.sent);
    CHECK(whole.lost == so_far.lost);
    CHECK(whole.duplicated == so_far.duplicated);
    CHECK(whole.reordered == so_far.reordered);
    CHECK(whole.late == so_far.late);
    CHECK(whole.lost_outside == so_far.lost_outside);
  }
}
