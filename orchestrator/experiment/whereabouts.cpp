#include "orchestrator/experiment/whereabouts.hpp"

#include <algorithm>
#include <numeric>
#include <set>
#include <tuple>

#include "orchestrator/mobility/expand.hpp"

namespace segue::experiment {

namespace {

using config::npos;
using protocol::Sighting;

constexpr std::size_t packets_a_question = 500;

// A mechanism may lead packets anywhere. In a lab of more nodes than these it is looked where the static routes lead.
constexpr std::size_t few_nodes = 64;

// The nodes that packets of the mobile's can come over, as far as the static routes say: between the ends of the call, its
// access routers, and whoever may lead packets there.
std::vector<std::size_t> lookouts_for(const lab::Lab& lab, const ProbeEnds& ends) {
  const config::Topology& topology = lab.topology();
  if (topology.nodes.size() <= few_nodes) {
    std::vector<std::size_t> all(topology.nodes.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    return all;
  }
  std::vector<std::size_t> posts = config::access_routers(topology, ends.mobile);
  posts.push_back(ends.correspondent);
  for (std::size_t node = 0; node < topology.nodes.size(); ++node) {
    const auto role = topology.nodes[node].role;
    if (role == config::Role::anchor || role == config::Role::home) posts.push_back(node);
  }
  std::set<std::size_t> all{ends.mobile};
  for (const auto from : posts) {
    for (const auto to : posts) {
      const auto way = lab.geography().ways.way(from, to, topology.nodes[to].address);
      if (way) all.insert(way->begin(), way->end());
    }
  }
  return {all.begin(), all.end()};
}

}  // namespace

Whereabouts::Whereabouts(lab::Lab& lab, const ProbeEnds& ends)
    : lab_(lab), ends_(ends), lookouts_(lookouts_for(lab, ends)) {
  const auto& links = lab.topology().links;
  for (std::size_t link = 0; link < links.size(); ++link) {
    links_[{links[link].a.node, links[link].a.interface}] = link;
    links_[{links[link].b.node, links[link].b.interface}] = link;
  }
  std::vector<std::pair<std::size_t, protocol::Request>> requests;
  for (const auto node : lookouts_) requests.emplace_back(node, protocol::WatchCalls{});
  lab_.crew().ask_those_up(requests);
}

void Whereabouts::handover(const Account& account, std::int64_t begin_ns) {
  if (!account.timeline) return;
  epochs_.push_back({begin_ns, account.started,
                     mobility::Passage(mobility::under(lab_.geography(), account.mechanism), *account.timeline,
                                       ends_.mobile, ends_.correspondent, voip_flow_over(ends_.family))});
  // Nobody asks for packets of before: a lab that stays up does not grow by its handovers.
  constexpr std::size_t kept = 8;
  if (epochs_.size() > kept) epochs_.pop_front();
}

// Before the first handover it was as in its beginning.
const Whereabouts::Epoch* Whereabouts::epoch_of(std::int64_t sent_ns) const {
  if (epochs_.empty()) return nullptr;
  const auto later =
      std::find_if(epochs_.begin() + 1, epochs_.end(), [&](const Epoch& epoch) { return epoch.begin_ns > sent_ns; });
  return &*std::prev(later);
}

std::size_t Whereabouts::end_of_tunnel(const Sighting& sighting) const {
  if (!sighting.tunnelled) return npos;
  const auto& nodes = lab_.topology().nodes;
  const auto found = std::find_if(nodes.begin(), nodes.end(),
                                  [&](const config::Node& node) { return node.locator.contains(sighting.towards); });
  return found == nodes.end() ? npos : static_cast<std::size_t>(found - nodes.begin());
}

mobility::Seen Whereabouts::seen_by(std::size_t node, const Sighting& sighting, Instant started) const {
  mobility::Seen seen{.when = from_ns(sighting.at_ns) - started,
                      .kind = sighting.kind,
                      .node = node,
                      .tunnel_to = end_of_tunnel(sighting),
                      .hop_limit = sighting.hop_limit,
                      .inner_hops = sighting.inner_hops};
  const auto link = links_.find({node, sighting.interface});
  if (link != links_.end()) seen.link = link->second;
  return seen;
}

// segue-wire tells which packets it dropped by link, moment and cause. A packet leaves its node before it takes it in; what
// finds the queue full is dropped when its delay is over.
std::optional<record::Cause> Whereabouts::told_by_engine(const mobility::Site& site, Instant left) const {
  constexpr Delay reading{1'000'000};  // may take it as long
  const config::Link& own = lab_.topology().links[site.link];
  const auto direction = own.a.node == site.node ? link::Direction::a_to_b : link::Direction::b_to_a;
  const auto& terms = config::leaving(own, site.node);
  const auto id = static_cast<std::uint32_t>(lab_.network().link(site.link));
  std::optional<record::Cause> cause;
  Delay nearest = Delay::max();
  for (const link::LossEvent& event : losses_) {
    const bool full = event.cause == link::LossCause::queue_full;
    if (event.link != id || event.direction != direction) continue;
    if (!full && event.cause != link::LossCause::loss) continue;
    const Delay off = std::chrono::abs(event.when - left - (full ? terms.delay : Delay{0}));
    if (off > reading + (full ? 4 * terms.jitter : Delay{0}) || off >= nearest) continue;
    nearest = off;
    cause = full ? record::Cause::queue_limit : record::Cause::link_loss;
  }
  return cause;
}

record::PacketFate Whereabouts::fate_of(Direction direction, const Wanted& packet,
                                        std::span<const std::pair<std::size_t, Sighting>> sightings) const {
  const config::Topology& topology = lab_.topology();
  const bool up = direction == Direction::uplink;
  const mobility::Packet way{.direction = direction,
                             .from = up ? ends_.mobile : ends_.correspondent,
                             .to = up ? ends_.correspondent : ends_.mobile};
  record::PacketFate fate{.reordered = packet.reordered};
  if (packet.late) {
    fate.cause = record::Cause::too_late;
    fate.place = topology.nodes[way.to].name;
  }
  const Epoch* const epoch = epoch_of(packet.sent_ns);
  if (epoch == nullptr) {
    if (!packet.arrived) fate.cause = record::Cause::unknown;
    return fate;
  }
  std::vector<mobility::Seen> seen;
  for (const auto& [node, sighting] : sightings) {
    // Into the device of a buffer, say, which tells for itself.
    const bool elsewhere = !sighting.interface.empty() && !links_.contains({node, sighting.interface});
    if (!elsewhere) seen.push_back(seen_by(node, sighting, epoch->started));
  }
  mobility::Packet sent = way;
  sent.sent = from_ns(packet.sent_ns) - epoch->started;
  sent.arrived = packet.arrived;
  const auto trace = mobility::Attribution(lab_.geography(), epoch->passage, ends_.mobile,
                                           [&](const mobility::Site& site, Nanoseconds left) {
                                             return told_by_engine(site, epoch->started + left);
                                           })
                         .trace(sent, seen);
  const auto name = [&](const std::optional<mobility::Site>& site) {
    return site ? mobility::to_text(*site, topology) : std::string();
  };
  fate.held_at = name(trace.held);
  fate.copied_at = name(trace.copied);
  fate.forwarded_at = name(trace.forwarded);
  if (packet.arrived) return fate;
  fate.cause = trace.last ? trace.last->cause : record::Cause::unknown;
  if (trace.last) fate.place = name(trace.last->site);
  return fate;
}

std::vector<record::PacketFate> Whereabouts::find(const Call::Numbers& numbers, Direction direction,
                                                  std::span<const Wanted> wanted, Instant forget) {
  std::vector<record::PacketFate> fates;
  if (!wanted.empty()) losses_ = lab_.engine().losses();
  while (!wanted.empty()) {
    const auto some = wanted.first(std::min(wanted.size(), packets_a_question));
    wanted = wanted.subspan(some.size());
    protocol::ReadSightings question{.flow = direction == Direction::uplink ? numbers.uplink : numbers.downlink,
                                     .sequences = {},
                                     .forget_ns = to_ns(forget)};
    for (const Wanted& one : some) question.sequences.push_back(one.sequence);
    std::vector<std::pair<std::size_t, protocol::Request>> questions;
    for (const auto node : lookouts_) questions.emplace_back(node, question);
    std::map<std::uint64_t, std::vector<std::pair<std::size_t, Sighting>>> sightings;
    for (const auto& [node, answer] : lab_.crew().ask_those_up(questions)) {
      const auto* const told = std::get_if<protocol::Sightings>(&answer);
      if (told == nullptr) continue;
      for (const auto& sighting : told->seen) sightings[sighting.sequence].emplace_back(node, sighting);
    }
    for (const Wanted& one : some) fates.push_back(fate_of(direction, one, sightings[one.sequence]));
  }
  return fates;
}

record::DirectionScore Whereabouts::card_of(const Call::Numbers& numbers, Direction direction,
                                            std::span<const probe::Sent> sent, const probe::Attribution& scores,
                                            const record::DirectionScore& before) {
  std::vector<Wanted> wanted;
  for (std::size_t i = 0; i < sent.size(); ++i) {
    const auto& score = scores.packets[i];
    if (!score.window || (score.arrived && !score.late)) continue;
    wanted.push_back({sent[i].sequence, sent[i].sent_ns, score.arrived, score.late, score.reordered});
  }
  record::DirectionScore card = experiment::card_of(scores.windows.front(), before);
  card.missed = missed_of(find(numbers, direction, wanted, sent.empty() ? Instant{} : from_ns(sent.front().sent_ns)));
  return card;
}

void add(std::vector<record::Missed>& sum, std::span<const record::Missed> more) {
  for (const auto& one : more) {
    const auto same = std::find_if(sum.begin(), sum.end(), [&](const record::Missed& known) {
      return known.place == one.place && known.cause == one.cause;
    });
    if (same == sum.end()) {
      sum.push_back(one);
    } else {
      same->count += one.count;
    }
  }
  std::sort(sum.begin(), sum.end(), [](const record::Missed& a, const record::Missed& b) {
    return std::tie(b.count, a.place, a.cause) < std::tie(a.count, b.place, b.cause);
  });
}

std::vector<record::Missed> missed_of(std::span<const record::PacketFate> fates) {
  std::vector<record::Missed> missed;
  for (const auto& fate : fates) {
    if (fate.cause) missed.push_back({fate.place, *fate.cause, 1});
  }
  std::vector<record::Missed> sum;
  add(sum, missed);
  return sum;
}

}  // namespace segue::experiment
