// Handovers: their plans sent to the agents, begun at a common instant, their reports gathered into one account each.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "nodes/base/error.hpp"
#include "orchestrator/lab/lab.hpp"
#include "orchestrator/mobility/expectation.hpp"
#include "orchestrator/record/result.hpp"

namespace segue::experiment {

// What the agents saw, before any probe is looked at.
struct Account {
  mobility::Binding binding;
  config::Mechanism mechanism;  // as this handover had it: expanded and drawn
  Instant started{};
  Instant ended{};                        // when the last report came
  std::optional<Nanoseconds> completion;  // nothing: it failed; the later of the two
  Nanoseconds completion_uplink{0};
  Nanoseconds completion_downlink{0};
  std::string failure;
  std::string failed_step;  // its name
  mobility::Expectation expectation;
  std::optional<mobility::Timeline>
      timeline;  // what the nodes did, by when its steps were done; nothing: it did not begin
  std::vector<protocol::StepReport> steps;  // by step of the mechanism, both ends merged
  std::vector<std::int64_t> route_actions_ns;
  std::vector<protocol::BufferReport> buffers;  // of every buffer that was released or discarded
  std::vector<std::string> anomalies;
  std::optional<Error> refusal;  // it could not begin
};

// When it was over: at its completion, or when the last agent had given up.
inline Instant end_of(const Account& account) {
  return account.completion ? account.started + *account.completion : account.ended;
}

// The handovers of one lab, by number; several may be under way. One of these for a lab.
class HandoverDriver {
 public:
  HandoverDriver(lab::Lab& lab, const mobility::DataFlow& data);
  ~HandoverDriver();
  HandoverDriver(const HandoverDriver&) = delete;
  HandoverDriver& operator=(const HandoverDriver&) = delete;

  // Begins at `at`, or as soon as the agents are prepared if that is later, and returns at once. `done` is called from
  // the loop when it is over. A handover that fails is an outcome: the mobile is put back to where it was. One that
  // cannot even begin, for an agent cannot be prepared, has a refusal in its account. What the mechanism
  // leaves to chance is drawn from the lab's seed and the number.
  std::uint64_t begin(const config::Mechanism& mechanism, const mobility::Binding& binding, Instant at,
                      std::function<void(Account)> done);
  void forget(std::uint64_t number);  // it goes on, and nobody is told

  // Begins one and returns when it is over; the loop runs meanwhile. Throws Error if it cannot begin.
  Account perform(const config::Mechanism& mechanism, const mobility::Binding& binding, Instant at);

  // Messages that agents met outside a handover since the last call: late ones of one that had failed.
  std::vector<std::string> take_strays() { return std::exchange(strays_, {}); }

 private:
  enum class State { preparing, playing, ending };

  struct Handover {
    Account account;
    Instant at;
    std::function<void(Account)> done;
    std::vector<std::size_t> nodes;  // that take part
    State state = State::preparing;
    std::size_t unanswered = 0;  // of what the nodes were asked last
    std::size_t unreported = 0;
    std::optional<Loop::TimerId> deadline;
  };

  using Asked = void (HandoverDriver::*)(std::uint64_t number, const lab::Crew::Answer& answer);
  void ask_every(std::uint64_t number, const std::function<protocol::Request(std::size_t part)>& request, Asked then);
  void on_prepared(std::uint64_t number, const lab::Crew::Answer& answer);
  void on_begun(std::uint64_t number, const lab::Crew::Answer& answer);
  void on_abandoned(std::uint64_t number, const lab::Crew::Answer& answer);
  void start(std::uint64_t number);
  void fail(std::uint64_t number, const std::string& why);
  void end_soon(std::uint64_t number);
  void end(std::uint64_t number);
  void on_report(std::size_t node, const protocol::Report& report);
  void on_end(std::size_t node);
  void take(Handover& handover, std::size_t node, const protocol::PlanReport& seen);
  Handover* find(std::uint64_t number);
  // What the loop is to do with a handover that may be over by then, or this may have gone.
  template <typename Do>
  auto later(std::uint64_t number, Do what) {
    return [this, here = std::weak_ptr<void>(here_), number, what](const auto&... with) {
      if (!here.expired() && find(number) != nullptr) what(with...);
    };
  }

  lab::Lab& lab_;
  mobility::DataFlow data_;
  std::uint64_t number_ = 0;
  std::map<std::uint64_t, Handover> under_way_;
  std::vector<std::string> strays_;
  std::shared_ptr<void> here_ = std::make_shared<char>();
};

// The mechanism as that handover of a lab with this seed has it: with the nodes of its ways, and what it leaves to chance.
config::Mechanism drawn_for(const mobility::Geography& geography, const config::Mechanism& mechanism,
                            const mobility::Binding& binding, std::uint64_t seed, std::uint64_t number);

// The account as a scorecard; the probe's part is left to whoever has a probe.
record::Scorecard scorecard_of(const config::Topology& topology, const Account& account, Instant origin);

}  // namespace segue::experiment
