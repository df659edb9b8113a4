#include "orchestrator/campaign/runner.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "orchestrator/campaign/store.hpp"
#include "orchestrator/record/verdict.hpp"

namespace segue::campaign {

namespace {

constexpr std::size_t batch = 256;  // runs that are handed out at once: bounds what is held of each
constexpr unsigned most_attempts = 3;

using Place = std::pair<std::size_t, unsigned>;  // cell, repetition
Place place_of(const RunKey& run) { return {run.cell, run.repetition}; }

unsigned first_wanted(const Campaign& campaign) {
  return campaign.stop ? campaign.stop->at_least : campaign.repetitions;
}

// How often a cell is to be repeated, by what its repetitions have shown, in their order.
struct Demand {
  unsigned wanted = 0;
  unsigned seen = 0;
  bool open = true;
  std::array<std::vector<double>, metrics.size()> values;
};

class Runner {
 public:
  Runner(const Plan& plan, const CampaignFolder& folder, const Perform& perform, const RunnerObserver& observer)
      : plan_(plan), folder_(folder), perform_(perform), observer_(observer), demands_(plan.cells.size()) {
    for (auto& demand : demands_) demand.wanted = first_wanted(plan.campaign);
    for (const auto& run : folder.finished()) {
      if (run.last) done_.insert(place_of(run));
      if (!run.last) ++attempts_[place_of(run)];
    }
  }

  Finish run() {
    copy_inputs(plan_, folder_);
    for (auto runs = round(); !finish_.interrupted && !runs.empty(); runs = round()) {
      if (observer_.round) observer_.round(status());
      while (!finish_.interrupted && !runs.empty()) perform_some(runs);
      if (!finish_.interrupted) raise_demand();
    }
    finish_.wall = now() - began_;
    finish_.done = status().done;
    finish_.planned = planned_;
    std::sort(finish_.failed.begin(), finish_.failed.end(),
              [](const FailedRun& a, const FailedRun& b) { return a.run < b.run; });
    return std::move(finish_);
  }

 private:
  // What is wanted and not there. Rounds that were finished before an interruption are gone through again, quickly, so
  // that the stop rule sees what it saw.
  std::vector<RunKey> round() {
    for (;;) {
      std::vector<RunKey> runs;
      bool open = false;
      planned_ = 0;
      for (std::size_t cell = 0; cell < demands_.size(); ++cell) {
        planned_ += demands_[cell].wanted;
        open = open || (plan_.campaign.stop && demands_[cell].seen < demands_[cell].wanted);
        for (unsigned repetition = 1; repetition <= demands_[cell].wanted; ++repetition) {
          if (!done_.contains({cell, repetition})) runs.push_back({.cell = cell, .repetition = repetition});
        }
      }
      if (!runs.empty() || !open) {
        put_in_order(plan_, runs);
        return runs;
      }
      raise_demand();
    }
  }

  void perform_some(std::vector<RunKey>& queue) {
    const auto count = std::min(batch, queue.size());
    std::vector<RunKey> runs(queue.begin(), queue.begin() + static_cast<std::ptrdiff_t>(count));
    queue.erase(queue.begin(), queue.begin() + static_cast<std::ptrdiff_t>(count));
    std::vector<experiment::RunSpec> specs;
    specs.reserve(runs.size());
    for (const auto& run : runs) {
      specs.push_back(spec_of(plan_, run));
      specs.back().lab = lab_copy(plan_, folder_);
    }
    perform_(specs, {.ended = [&](std::size_t index,
                                  const experiment::RunOutcome& outcome) { take(runs[index], outcome, queue); },
                     .keep_results = false,
                     .wall_limit = plan_.campaign.timeout});
    for (const auto& run : runs) {
      if (done_.contains(place_of(run))) continue;
      if (std::find(queue.begin(), queue.end(), run) == queue.end()) finish_.interrupted = true;
    }
  }

  void take(RunKey run, const experiment::RunOutcome& outcome, std::vector<RunKey>& queue) {
    if (outcome.error == "interrupted") return;
    if (!outcome.error.empty()) return take_failure(run, outcome, queue);
    if (record::slots_begun(outcome.result) < plan_.campaign.handovers) return;  // cut short by an interruption
    unsigned& attempts = attempts_[place_of(run)];
    RunKey stored = run;
    stored.attempt = attempts;
    const bool tainted = !record::in_means(outcome.result.verdict);
    stored.last = !tainted || plan_.clock == "virtual" || attempts + 1 >= most_attempts;
    store(stored, outcome.result);
    ++finish_.performed;
    if (stored.last) {
      done_.insert(place_of(run));
    } else {
      ++attempts;
      queue.push_back(run);
    }
    if (observer_.ended) observer_.ended(stored, outcome, status());
  }

  void take_failure(const RunKey& run, const experiment::RunOutcome& outcome, std::vector<RunKey>& queue) {
    folder_.require_space();
    ++finish_.performed;
    if (failures_.insert(place_of(run)).second) {
      queue.push_back(run);
    } else {
      done_.insert(place_of(run));
      given_up_.insert(place_of(run));
      finish_.failed.push_back({run, outcome.error});
    }
    if (observer_.ended) observer_.ended(run, outcome, status());
  }

  void store(const RunKey& run, const record::RunResult& result) const {
    if (plan_.campaign.keep_packets) return folder_.store(run, result);
    record::RunResult small = result;
    small.uplink_packets.clear();
    small.downlink_packets.clear();
    folder_.store(run, small);
  }

  // Looks at the repetitions that are new, in their order, and asks for a quarter more of a cell that is not precise.
  void raise_demand() {
    if (!plan_.campaign.stop) return;
    const StopRule& rule = *plan_.campaign.stop;
    for (std::size_t cell = 0; cell < demands_.size(); ++cell) {
      Demand& demand = demands_[cell];
      for (; demand.seen < demand.wanted; ++demand.seen) look_at(cell, demand.seen + 1);
      if (!demand.open) continue;
      demand.open = !precise_enough(rule, cell) && demand.wanted < rule.at_most;
      if (demand.open) demand.wanted = std::min(demand.wanted + std::max(demand.wanted / 4, 1U), rule.at_most);
    }
  }

  void look_at(std::size_t cell, unsigned repetition) {
    if (given_up_.contains({cell, repetition})) return;
    const auto result = folder_.load({.cell = cell, .repetition = repetition});
    if (!record::in_means(result.verdict)) return;
    for (const Metric metric : plan_.campaign.stop->of) {
      for (const auto& card : result.handovers) {
        const auto value = record::in_means(card.verdict) ? value_of(metric, result.probe, card) : std::nullopt;
        if (value) demands_[cell].values[static_cast<std::size_t>(metric)].push_back(*value);
      }
    }
  }

  // A metric that the probe of the cell does not measure is not waited for.
  bool precise_enough(const StopRule& rule, std::size_t cell) const {
    return std::all_of(rule.of.begin(), rule.of.end(), [&](Metric metric) {
      const bool measured = metric == Metric::completion || plan_.cells[cell].probe == experiment::Probe::voip;
      return !measured || precise(rule, demands_[cell].values[static_cast<std::size_t>(metric)]);
    });
  }

  Status status() const {
    Status status{.done = done_.size() - given_up_.size(), .planned = planned_, .failed = finish_.failed.size()};
    status.elapsed = now() - began_;
    if (finish_.performed == 0) return status;
    const auto left = planned_ - std::min(planned_, done_.size());
    status.left = status.elapsed / static_cast<std::int64_t>(finish_.performed) * static_cast<std::int64_t>(left);
    return status;
  }

  const Plan& plan_;
  const CampaignFolder& folder_;
  const Perform& perform_;
  const RunnerObserver& observer_;
  const Instant began_ = now();
  std::vector<Demand> demands_;
  std::set<Place> done_;
  std::set<Place> failures_;
  std::set<Place> given_up_;
  std::map<Place, unsigned> attempts_;  // tainted ones
  std::size_t planned_ = 0;
  Finish finish_;
};

}  // namespace

std::vector<RunKey> first_round(const Plan& plan, const std::vector<RunKey>& finished) {
  std::set<Place> done;
  for (const auto& run : finished) {
    if (run.last) done.insert(place_of(run));
  }
  std::vector<RunKey> runs;
  for (std::size_t cell = 0; cell < plan.cells.size(); ++cell) {
    for (unsigned repetition = 1; repetition <= first_wanted(plan.campaign); ++repetition) {
      if (!done.contains({cell, repetition})) runs.push_back({.cell = cell, .repetition = repetition});
    }
  }
  put_in_order(plan, runs);
  return runs;
}

Finish run_campaign(const Plan& plan, const CampaignFolder& folder, const Perform& perform,
                    const RunnerObserver& observer) {
  return Runner(plan, folder, perform, observer).run();
}

}  // namespace segue::campaign
