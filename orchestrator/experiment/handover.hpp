// One handover: its plans sent to the agents, begun at a common instant, its reports gathered into one account.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/lab/lab.hpp"
#include "orchestrator/mobility/expectation.hpp"
#include "orchestrator/record/result.hpp"

namespace segue::experiment {

// What the agents saw, before any probe is looked at.
struct Account {
  mobility::Binding binding;
  Instant started{};
  Instant ended{};                        // when the last report came
  std::optional<Nanoseconds> completion;  // nothing: it failed
  std::string failure;
  std::string failed_step;  // its name
  mobility::Expectation expectation;
  std::vector<protocol::StepReport> steps;  // by step of the mechanism, both ends merged
  std::vector<std::int64_t> route_actions_ns;
  std::vector<std::string> anomalies;
};

// When it was over: at its completion, or when the last agent had given up.
inline Instant end_of(const Account& account) {
  return account.completion ? account.started + *account.completion : account.ended;
}

class HandoverDriver {
 public:
  HandoverDriver(lab::Lab& lab, const mobility::DataFlow& data) : lab_(lab), data_(data) { await_strays(); }
  ~HandoverDriver() { lab_.crew().on_report({}); }
  HandoverDriver(const HandoverDriver&) = delete;
  HandoverDriver& operator=(const HandoverDriver&) = delete;

  // Begins at `at`, or as soon as the agents are prepared if that is later. A handover that fails is an outcome and not
  // an exception: the mobile is put back to where it was.
  Account perform(const config::Mechanism& mechanism, const mobility::Binding& binding, Instant at);

  // Messages that agents met outside a handover since the last call: late ones of one that had failed.
  std::vector<std::string> take_strays() { return std::exchange(strays_, {}); }

 private:
  void gather(const config::Mechanism& mechanism, const std::vector<protocol::Plan>& plans, Account& account);
  void take(const config::Mechanism& mechanism, std::size_t node, const protocol::Report& report, Account& account);
  void await_strays();

  lab::Lab& lab_;
  mobility::DataFlow data_;
  std::uint64_t number_ = 0;
  std::size_t awaited_ = 0;
  std::vector<std::string> strays_;
};

// The account as a scorecard; the probe's part is left to whoever has a probe.
record::Scorecard scorecard_of(const config::Topology& topology, const config::Mechanism& mechanism,
                               const Account& account, Instant origin);

}  // namespace segue::experiment
