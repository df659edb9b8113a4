#include "orchestrator/experiment/run.hpp"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "nodes/base/error.hpp"
#include "orchestrator/experiment/witness.hpp"
#include "orchestrator/lab/load.hpp"
#include "orchestrator/lab/survey.hpp"
#include "orchestrator/record/verdict.hpp"

namespace segue::experiment {

namespace {

config::Mechanism mechanism_of(const config::Topology& topology, const RunSpec& spec) {
  const auto file = topology.folder / "mechanisms" / (spec.mechanism + ".toml");
  std::error_code error;
  if (!std::filesystem::exists(file, error)) {
    throw InputError(fmt::format("{}: no mechanism \"{}\"", topology.name, spec.mechanism));
  }
  return config::load_mechanism(file, topology, spec.mechanism_overrides);
}

std::string kernel_release() {
  utsname names{};
  ::uname(&names);
  return fmt::format("{} {}", names.sysname, names.release);
}

constexpr Delay lead{50'000'000};  // for the plans to reach the agents

// One run, from a lab that is up to its result.
class Runner {
 public:
  Runner(const RunSpec& spec, const RunObserver& observer)
      : spec_(spec),
        observer_(observer),
        lab_(config::load_topology(spec.lab, spec.overrides), {.links = spec.links, .seed = spec.seed}),
        mechanism_(mechanism_of(lab_.topology(), spec)),
        mobile_(first_mobile(lab_.topology())),
        routers_(two_routers(lab_.topology(), mobile_)),
        driver_(lab_, voip_flow_over(spec.family)),
        witness_(lab_, spec.computed_time),
        random_(spec.seed) {}

  record::RunResult run() {
    const Instant began = now();
    watch_for_interrupts();
    lab_.attach(mechanism_, {mobile_, routers_[1], routers_[0]});
    wait_until(now() + spec_.stagger);
    lab_.engine().reset_lateness();
    idle_ = lab::IdleMeter();
    const auto plan = schedule(spec_.handovers, spec_.interval, voip_interval, spec_.seed);
    const auto session = start_probe(longest_duration());
    for (unsigned slot = 0; slot < spec_.handovers && !interrupted_; ++slot) {
      hand_over_undisturbed(slot, session->origin() + plan[slot], *session);
    }
    wait_until(session->origin() + static_cast<int>(spec_.handovers) * spec_.interval + postponed_);
    session->stop();
    const Instant end = now();
    interrupted_ = false;  // what is on its way is still waited for
    wait_until(end + session->settling_time());
    session->finish(result_);
    result_.idle_share = idle_.idle_share();
    result_.origin_ns = to_ns(session->origin());
    result_.experiment_ns = (end - session->origin()).count();
    account_for_the_machine();
    result_.wall_ns = (now() - began).count();
    return std::move(result_);
  }

 private:
  void watch_for_interrupts() {
    if (observer_.interrupt_fd < 0) return;
    lab_.loop().on_readable(observer_.interrupt_fd, [this] {
      interrupted_ = true;
      lab_.loop().remove(observer_.interrupt_fd);
    });
  }

  // False if the run was interrupted before.
  bool wait_until(Instant when) {
    while (!interrupted_ && now() < when) lab_.loop().run_once(when - now());
    return !interrupted_;
  }

  std::unique_ptr<ProbeSession> start_probe(Delay duration) {
    const ProbeEnds ends{mobile_, correspondent_of(lab_.topology()),
                         mobility::longest_way(lab_.geography(), mechanism_, mobile_, voip_flow_over(spec_.family)),
                         spec_.family};
    if (spec_.probe == Probe::voip) return start_voip(lab_, ends);
    return start_iperf(lab_, ends, spec_.probe == Probe::iperf_udp, duration);
  }

  // One attempt is left to each handover that is still to come.
  bool may_repeat(unsigned slot) const {
    return !interrupted_ && result_.handovers.size() + (spec_.handovers - slot - 1) < most_attempts();
  }

  unsigned most_attempts() const { return spec_.handovers * (spec_.computed_time ? 1 : record::attempts_for_each); }

  // Of the probe, should every attempt be needed: iperf is told when it starts, and ended early.
  Delay longest_duration() const {
    const auto repeats = static_cast<int>(most_attempts() - spec_.handovers);
    return static_cast<int>(spec_.handovers) * spec_.interval + repeats * 3 * spec_.interval;
  }

  // `at`: were nothing postponed.
  void hand_over_undisturbed(unsigned slot, Instant at, ProbeSession& session) {
    while (wait_until(at + postponed_ - lead)) {
      const bool moved = hand_over(slot, at + postponed_, session);
      if (record::in_means(result_.handovers.back().verdict) || !may_repeat(slot)) return;
      if (moved) put_back(session);
      postponed_ += spec_.interval + respite(session);
    }
  }

  // A multiple of the packet interval, so that the phase stays: what was put back has settled by then, and the rest is
  // drawn.
  Delay respite(const ProbeSession& session) {
    const auto settling = session.settling_time() / voip_interval + 1;
    const auto drawn = random_() % static_cast<std::uint64_t>(spec_.interval / voip_interval / 2 + 1);
    return (settling + static_cast<std::int64_t>(drawn)) * voip_interval;
  }

  void put_back(ProbeSession& session) {
    const std::size_t before = (at_router_ + routers_.size() - 1) % routers_.size();
    const Instant begin = now();
    lab_.attach(mechanism_, {mobile_, routers_[at_router_], routers_[before]});
    at_router_ = before;
    session.disregard(begin, now());
  }

  // Whether the mobile has moved.
  bool hand_over(unsigned slot, Instant at, ProbeSession& session) {
    const mobility::Binding binding{mobile_, routers_[at_router_], routers_[(at_router_ + 1) % routers_.size()]};
    witness_.begin();
    const Account account = driver_.perform(mechanism_, binding, at);
    if (account.completion) at_router_ = (at_router_ + 1) % routers_.size();
    lab_.loop().run_until(now() + session.settling_time());
    record::Scorecard card = scorecard_of(lab_.topology(), account, session.origin());
    card.index = static_cast<std::uint32_t>(result_.handovers.size());
    card.slot = slot;
    for (auto& stray : driver_.take_strays()) card.anomalies.push_back(std::move(stray));
    session.after_handover(account, card);
    witness_.judge(account, session.origin(), card);
    if (observer_.handover) observer_.handover(card);
    if (observer_.sample) {
      record::Sample sample = lab::survey(lab_, idle_);
      sample.verdict = record::judgement_of(card);
      lab::locate(sample, lab_.topology(), mobile_, routers_[at_router_]);
      session.sample(sample);
      observer_.sample(sample);
    }
    result_.handovers.push_back(std::move(card));
    return account.completion.has_value();
  }

  void account_for_the_machine() {
    result_.mechanism = mechanism_.name;
    result_.title = mechanism_.title;
    result_.probe = to_text(spec_.probe);
    result_.family = version_of(spec_.family);
    result_.engine = lab_.engine().name();
    result_.kernel = kernel_release();
    result_.seed = spec_.seed;
    result_.handovers_asked = spec_.handovers;
    result_.emulator = lab::survey_emulator(lab_);
    const auto agents = lab::survey_agents(lab_);
    result_.timers = agents.timers;
    for (const auto& row : agents.netlink) {
      result_.netlink_requests += row.requests;
      result_.netlink_errors += row.errors;
    }
    result_.links = lab::survey_links(lab_);
    record::judge(result_);
  }

  const RunSpec& spec_;
  const RunObserver& observer_;
  lab::Lab lab_;
  config::Mechanism mechanism_;
  std::size_t mobile_;
  std::vector<std::size_t> routers_;
  HandoverDriver driver_;
  Witness witness_;
  lab::IdleMeter idle_;
  std::mt19937_64 random_;  // for when a handover is made again
  Delay postponed_{0};      // by repetitions
  std::size_t at_router_ = 0;
  bool interrupted_ = false;
  record::RunResult result_;
};

}  // namespace

std::size_t first_mobile(const config::Topology& topology) {
  for (std::size_t node = 0; node < topology.nodes.size(); ++node) {
    if (topology.nodes[node].role == config::Role::mobile) return node;
  }
  throw InputError(topology.name + ": a run needs a node with role \"mobile\"");
}

std::vector<std::size_t> two_routers(const config::Topology& topology, std::size_t mobile) {
  auto routers = config::access_routers(topology, mobile);
  if (routers.size() >= 2) return routers;
  throw InputError(fmt::format("{}: a handover needs a mobile node with links to two access routers", topology.name));
}

Delay shortest_interval(const mobility::Geography& geography, const config::Mechanism& mechanism, Probe probe,
                        Family family) {
  const config::Topology& topology = geography.topology;
  const std::size_t mobile = first_mobile(topology);
  const auto routers = two_routers(topology, mobile);
  for (const std::size_t end : {mobile, correspondent_of(topology)}) probed_address(topology, end, family);
  const config::Mechanism slowest = config::slowest(mechanism);
  Delay end{0};
  Delay way{0};
  for (std::size_t i = 0; i < routers.size(); ++i) {
    const mobility::Binding binding{mobile, routers[i], routers[(i + 1) % routers.size()]};
    const auto handover = mobility::expect(geography, slowest, binding, voip_flow_over(family));
    end = std::max(end, *std::max_element(handover.done.begin(), handover.done.end()));
    way = std::max(way, handover.longest_way);
  }
  return lead + end + (probe == Probe::voip ? voip_settling_time(way) : iperf_settling_time(way));
}

record::RunResult perform_run(const RunSpec& spec, const RunObserver& observer) { return Runner(spec, observer).run(); }

std::vector<Delay> schedule(unsigned handovers, Delay interval, Delay probe_interval, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<unsigned> parts(handovers);
  std::iota(parts.begin(), parts.end(), 0U);
  // Not std::shuffle and std::uniform_real_distribution: what they draw differs between standard libraries.
  for (std::size_t i = parts.size(); i > 1; --i) std::swap(parts[i - 1], parts[random() % i]);
  std::vector<Delay> times;
  for (unsigned i = 0; i < handovers; ++i) {
    const double within = static_cast<double>(random() >> 11) * 0x1p-53;
    const double phase = (parts[i] + within) / handovers * static_cast<double>(probe_interval.count());
    times.push_back(i * interval + interval / 2 + Delay(static_cast<std::int64_t>(phase)));
  }
  return times;
}

}  // namespace segue::experiment
