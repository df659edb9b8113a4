#include "orchestrator/keeper/watch.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "nodes/base/error.hpp"
#include "nodes/probe/emodel.hpp"
#include "orchestrator/experiment/run.hpp"
#include "orchestrator/lab/survey.hpp"

namespace segue::keeper {

namespace {

constexpr Delay first_handover{1'000'000'000};  // after the call has begun
constexpr Delay lead{50'000'000};               // for the plans to reach the agents
constexpr Delay memory{10'000'000'000};         // packets younger than this say how the call is now
constexpr Delay silence{5'000'000'000};         // a flow without a bin for this long is started anew
constexpr Delay without_end{30LL * 24 * 3600 * 1'000'000'000};
constexpr std::size_t bins_remembered = 120;

// The counts of `totals`, with delay and jitter as they were recently. The opinion is of all the time under one
// mechanism: that of the last seconds would depend on how long ago the last handover was.
record::FlowTotals present(const record::FlowTotals& totals, std::uint64_t lost_by_handovers,
                           const probe::FlowScore& recent) {
  record::FlowTotals now = experiment::totals_of(recent);
  now.sent = totals.sent;
  now.lost = totals.lost;
  now.lost_outside = totals.lost - std::min(totals.lost, lost_by_handovers);
  now.duplicated = totals.duplicated;
  now.reordered = totals.reordered;
  now.late = totals.late;
  if (totals.sent == 0) return now;
  const double missed = static_cast<double>(totals.lost + totals.late) / static_cast<double>(totals.sent);
  const auto quality = probe::voice_quality(Delay(recent.delay_p50_ns), missed, recent.burst_ratio);
  now.r_factor = quality.r;
  now.mos = quality.mos;
  return now;
}

// The mechanisms to use in turn: those named, or those that run by default. Throws InputError.
std::vector<std::string> turns_of(const lab::Lab& lab, const experiment::Mover& mover, const WatchOptions& options) {
  const auto& topology = lab.topology();
  if (!mover.can_move()) throw InputError(topology.name + ": it has no mobile node to hand over");
  std::vector<std::string> turns;
  std::vector<std::string> known;
  for (const auto& mechanism : mover.mechanisms()) {
    known.push_back(mechanism.name);
    const auto& named = options.mechanisms;
    const bool wanted =
        named.empty() ? mechanism.by_default : std::find(named.begin(), named.end(), mechanism.name) != named.end();
    if (!wanted) continue;
    const Delay least = experiment::shortest_interval(lab.geography(), mechanism, experiment::Probe::voip);
    if (options.every < least) {
      throw InputError(fmt::format("a handover every {}: one by {} and its packets need {}",
                                   segue::to_text(options.every), mechanism.name, segue::to_text(least)));
    }
    turns.push_back(mechanism.name);
  }
  for (const auto& name : options.mechanisms) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      throw InputError(fmt::format("no mechanism \"{}\" in {}: {}", name, topology.name, fmt::join(known, ", ")));
    }
  }
  if (turns.empty()) throw InputError(topology.name + ": none of its mechanisms runs by default");
  return turns;
}

experiment::ProbeEnds ends_of(const lab::Lab& lab, const experiment::Mover& mover,
                              const std::vector<std::string>& turns) {
  Delay longest{0};
  for (const auto& mechanism : mover.mechanisms()) {
    if (std::find(turns.begin(), turns.end(), mechanism.name) == turns.end()) continue;
    longest =
        std::max(longest, mobility::longest_way(lab.geography(), mechanism, mover.mobile(), experiment::voip_flow));
  }
  return {mover.mobile(), experiment::correspondent_of(lab.topology()), longest};
}

}  // namespace

Watch::Watch(lab::Lab& lab, experiment::Mover& mover, WatchOptions options, LabObserver observer)
    : lab_(lab),
      mover_(mover),
      options_(std::move(options)),
      observer_(std::move(observer)),
      turns_(turns_of(lab, mover, options_)),
      ends_(ends_of(lab, mover, turns_)),
      whereabouts_(lab, ends_),
      call_(lab, ends_),
      witness_(lab, false),
      random_(options_.seed) {
  if (options_.flows) {
    flows_.emplace_back(false);
    flows_.emplace_back(true);
    for (auto& flow : flows_) start(flow);
  }
  plan_handover(call_.origin() + std::min(first_handover, options_.every));
  plan_sample(now() + lab::sample_every);
}

Watch::~Watch() { cancel_timers(); }

void Watch::cancel_timers() {
  if (handover_timer_) lab_.loop().cancel(*handover_timer_);
  if (sample_timer_) lab_.loop().cancel(*sample_timer_);
  handover_timer_.reset();
  sample_timer_.reset();
}

void Watch::finish() {
  cancel_timers();
  experiment::CallRecords up;
  experiment::CallRecords down;
  call_.stop(up, down);
  uplink_.add(up.sent, up.received);
  downlink_.add(down.sent, down.received);
  // Sampling counts what is older than the settling time: that has passed twice then, for the last packet.
  mover_.wait_until(now() + 2 * call_.settling_time());
  take_sample();
}

void Watch::plan_handover(Instant when) {
  handover_timer_ = lab_.loop().at(when, [this, when] {
    handover_timer_.reset();
    next_handover();
    plan_handover(std::max(when + options_.every, now()));
  });
}

void Watch::plan_sample(Instant when) {
  sample_timer_ = lab_.loop().at(when, [this, when] {
    sample_timer_.reset();
    try {
      if (!mover_.busy()) take_sample();  // a handover that is under way is not to be disturbed
    } catch (const Error& error) {
      trouble_ = error.what();
    }
    plan_sample(std::max(when + lab::sample_every, now()));
  });
}

void Watch::next_handover() {
  if (mover_.busy()) return;
  const std::string name = turns_[turn_++ % turns_.size()];
  try {
    hand_over(name, "");
  } catch (const Error& error) {
    fail(name, error.what());
  }
}

record::Scorecard Watch::hand_over(const std::string& mechanism, const std::string& to) {
  if (mover_.busy()) throw Error("hand over: the handover before this one is not over yet");
  take_sample();  // what there is so far is the doing of the mechanism there was
  const std::string before = mover_.mechanism();
  const auto move = mover_.prepare(mechanism, to);
  call_.allow(std::max(move.longest_way, ends_.longest_way));
  if (mover_.mechanism() != before) forget(call_.settling_time());  // how the call is, it is by one mechanism
  // At any phase of the packets: else every handover would lose the same ones.
  const auto phase =
      static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(experiment::voip_interval.count()));
  witness_.begin();
  const experiment::Account account = mover_.perform(move, now() + lead + Delay(phase), call_.settling_time());
  collect();
  record::Scorecard card = experiment::scorecard_of(lab_.topology(), account, call_.origin());
  card.index = number_++;
  for (auto& stray : mover_.take_strays()) card.anomalies.push_back(std::move(stray));
  const auto window = call_.window_of(account);
  whereabouts_.handover(account, window.begin_ns);
  const auto complete = [&](mobility::Passage::Direction direction, const probe::RunningFlow& flow,
                            record::DirectionScore& way) {
    way = whereabouts_.card_of(call_.numbers(), direction, flow.sent(), flow.attribute(window), way);
  };
  complete(mobility::Passage::Direction::uplink, uplink_, card.uplink);
  complete(mobility::Passage::Direction::downlink, downlink_, card.downlink);
  witness_.judge(account, call_.origin(), card);
  Totals& totals = totals_[move.mechanism->name];
  totals.lost_by_handovers_up += card.uplink.lost;
  totals.lost_by_handovers_down += card.downlink.lost;
  if (observer_.handover) observer_.handover(move.mechanism->name, card);
  take_sample();
  return card;
}

// A handover that could not even be tried, or whose packets could not be counted.
void Watch::fail(const std::string& mechanism, const std::string& what) {
  trouble_ = what;
  record::Scorecard card;
  card.index = number_++;
  card.mobile = lab_.topology().nodes[mover_.mobile()].name;
  card.from = lab_.topology().nodes[mover_.router()].name;
  card.to = lab_.topology().nodes[mover_.next_router()].name;
  card.outcome = record::Outcome::failed;
  card.failure = what;
  card.verdict = record::Verdict::not_known;
  card.started_ns = (now() - call_.origin()).count();
  if (observer_.handover) observer_.handover(mechanism, card);
}

void Watch::take_sample() {
  try {
    collect();
    count(now() - call_.settling_time());
    forget(memory);
    for (auto& flow : flows_) collect(flow);
  } catch (const Error& error) {
    trouble_ = error.what();
  }
  record::Sample sample = lab::survey(lab_, idle_, true);
  idle_ = lab::IdleMeter();
  lab::locate(sample, lab_.topology(), mover_.mobile(), mover_.router());
  const Totals& totals = totals_[mover_.mechanism()];
  sample.with_call = true;
  sample.uplink = present(totals.uplink, totals.lost_by_handovers_up, uplink_.recent());
  sample.downlink = present(totals.downlink, totals.lost_by_handovers_down, downlink_.recent());
  for (const auto& [probe, flow] : totals.throughput) sample.throughput.push_back(flow);
  if (observer_.sample) observer_.sample(mover_.mechanism(), sample);
}

void Watch::collect() {
  experiment::CallRecords up;
  experiment::CallRecords down;
  call_.collect(up, down);
  uplink_.add(up.sent, up.received);
  downlink_.add(down.sent, down.received);
}

void Watch::count(Instant until) {
  Totals& totals = totals_[mover_.mechanism()];
  experiment::add_counts(totals.uplink, uplink_.count_until(to_ns(until)));
  experiment::add_counts(totals.downlink, downlink_.count_until(to_ns(until)));
}

void Watch::forget(Delay older_than) {
  uplink_.forget_before(to_ns(now() - older_than));
  downlink_.forget_before(to_ns(now() - older_than));
}

void Watch::start(Endless& flow) {
  flow.flow.reset();
  flow.flow.emplace(lab_, ends_, flow.udp, without_end);
  flow.last_bin = now();
}

void Watch::collect(Endless& flow) {
  if (!flow.flow) return start(flow);
  const std::string probe(to_text(flow.udp ? experiment::Probe::iperf_udp : experiment::Probe::iperf_tcp));
  const auto bins = flow.flow->collect();
  record::ThroughputTotals& totals = totals_[mover_.mechanism()].throughput[probe];
  totals.probe = probe;
  for (const auto& bin : bins) {
    totals.bits_per_second = bin.bits_per_second;
    totals.bytes += record::bytes_in(bin);
    flow.recent.push_back(bin.bits_per_second);
    if (flow.recent.size() > bins_remembered) flow.recent.pop_front();
    flow.last_bin = now();
  }
  if (flow.flow->ended() || now() - flow.last_bin > silence) {
    trouble_ = probe + " ended, and was started anew";
    start(flow);
  }
}

std::vector<Watch::Recent> Watch::recent_throughput() const {
  std::vector<Recent> all;
  for (const auto& flow : flows_) {
    all.push_back({std::string(to_text(flow.udp ? experiment::Probe::iperf_udp : experiment::Probe::iperf_tcp)),
                   std::vector<std::uint64_t>(flow.recent.begin(), flow.recent.end())});
  }
  return all;
}

}  // namespace segue::keeper
