#include "tests/agreement/agreement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "nodes/base/error.hpp"
#include "nodes/base/units.hpp"
#include "orchestrator/experiment/handover.hpp"
#include "orchestrator/experiment/run.hpp"
#include "orchestrator/files/whole_file.hpp"
#include "orchestrator/mobility/ends_attached.hpp"
#include "orchestrator/mobility/expectation.hpp"

namespace segue::test {

namespace {

namespace fs = std::filesystem;
using mobility::Binding;
using mobility::Passage;
using nlohmann::json;
using Direction = Passage::Direction;

constexpr Delay precision{10'000};

// A timer of the guest's may be a microsecond late, and a route takes one to be acknowledged: once for each step, which of
// five is the precision.
Delay precision_of(const config::Mechanism& mechanism) {
  constexpr Delay timer_and_route{2'020};
  return std::max(precision, static_cast<int>(mechanism.steps.size()) * timer_and_route);
}
// The kernel's own reports of interfaces that came up (MLD, RFC 3810) may meet the first packets at a rate.
constexpr std::int64_t quiet_from_ns = 100'000'000;

// A lab as its files have it.
struct Loaded {
  explicit Loaded(const fs::path& lab)
      : topology(config::load_topology(lab)),
        mechanism(config::load_mechanism(lab / "mechanisms" / "random.toml", topology)),
        ways(topology),
        mobile(experiment::first_mobile(topology)),
        routers(config::access_routers(topology, mobile)) {}
  Loaded(const Loaded&) = delete;
  Loaded& operator=(const Loaded&) = delete;

  mobility::Geography geography() const { return {topology, ways}; }

  config::Topology topology;
  config::Mechanism mechanism;
  mobility::Ways ways;
  std::size_t mobile;
  std::vector<std::size_t> routers;
};

// Of one direction of a handover: the packets sent from its window's begin to the next one's, and what buffers counted.
struct Way {
  std::vector<Nanoseconds> sent;  // from the start of the handover
  std::uint64_t buffered = 0;
  std::uint64_t dropped = 0;
  std::uint64_t deepest = 0;
  std::int64_t longest_wait_ns = 0;
};

struct Handover {
  std::int64_t started_ns;
  std::int64_t window_begin_ns;
  std::int64_t window_end_ns;
  Passage passage;
  Way uplink;
  Way downlink;
  std::set<Nanoseconds> uplink_breakpoints;
  std::set<Nanoseconds> downlink_breakpoints;
};

struct Packet {
  Direction direction;
  std::uint64_t sequence;
  std::int64_t sent_ns;
  std::int64_t received_ns;  // 0: lost
  std::string missed;        // why, and where
  std::string missed_at;
};

std::vector<Packet> packets_in(const fs::path& csv) {
  std::vector<Packet> packets;
  std::ifstream file(csv);
  std::string line;
  std::getline(file, line);  // the names of the columns
  while (std::getline(file, line)) {
    std::istringstream words(line);
    std::string direction;
    std::string sequence;
    std::string sent;
    std::string received;
    std::getline(words, direction, ',');
    std::getline(words, sequence, ',');
    std::getline(words, sent, ',');
    std::getline(words, received, ',');
    std::string missed;
    std::string missed_at;
    std::getline(words, missed, ',');
    std::getline(words, missed_at, ',');
    packets.push_back({direction == "uplink" ? Direction::uplink : Direction::downlink, std::stoull(sequence),
                       std::stoll(sent), received.empty() ? 0 : std::stoll(received), missed, missed_at});
  }
  return packets;
}

class Comparison {
 public:
  Comparison(const Loaded& loaded, std::uint64_t seed)
      : loaded_(loaded), seed_(seed), flow_(experiment::voip_flow_over(family_of(loaded.topology, seed))) {}

  void handover(const json& card) {
    ++result_.handovers;
    const Binding binding{loaded_.mobile, node(card.at("from")), node(card.at("to"))};
    const auto number = card.at("index").get<unsigned>() + 1;
    const auto mechanism = experiment::drawn_for(loaded_.geography(), loaded_.mechanism, binding, seed_, number);
    const auto expected = mobility::expect(loaded_.geography(), mechanism, binding, flow_);
    result_.outage_without_end = result_.outage_without_end || !expected.dead_end.empty();
    if (card.at("outcome") != "complete") {
      return differ(fmt::format("handover {}: {}", number, card.at("failure").get<std::string>()));
    }
    const Delay completion{card.at("completion_ns").get<std::int64_t>()};
    if (std::chrono::abs(completion - expected.completion) > precision_of(mechanism)) {
      differ(fmt::format("handover {}: complete after {} ns, and not after {}", number, completion.count(),
                         expected.completion.count()));
    }
    const auto passage = mobility::passage_of(loaded_.geography(), mechanism, binding, flow_);
    handovers_.push_back({card.at("started_ns"), card.at("window_begin_ns"), card.at("window_end_ns"), passage,
                          way(card.at("uplink")), way(card.at("downlink")), passage.breakpoints(Direction::uplink),
                          passage.breakpoints(Direction::downlink)});
  }

  void packet(const Packet& packet) {
    if (handovers_.empty() || packet.sent_ns < quiet_from_ns) return;
    ++result_.packets;
    result_.lost += packet.received_ns == 0 ? 1 : 0;
    // What holds after a handover is what the one after it begins with.
    Handover* last = &handovers_.front();
    for (Handover& one : handovers_) {
      if (one.window_begin_ns <= packet.sent_ns) last = &one;
    }
    const Delay sent{packet.sent_ns - last->started_ns};
    (packet.direction == Direction::uplink ? last->uplink : last->downlink).sent.push_back(sent);
    const auto fate = last->passage.send(packet.direction, sent);
    if (circles_for_long(*last, packet.direction, sent, fate)) leave_open(packet.direction);
    const bool arrived = packet.received_ns != 0;
    if (fate.arrived != arrived) {
      if (on_an_edge(last->passage, packet.direction, sent)) return leave_open(packet.direction);
      return differ(fmt::format("{}: {}, and {} by the analysis, {}", name(packet, sent),
                                arrived ? "it arrived" : "it was lost", fate.arrived ? "arrives" : "is lost",
                                fate.arrived ? fmt::format("after {}", to_text(fate.delay))
                                             : fmt::format("at {}", loaded_.topology.nodes[fate.node].name)));
    }
    if (!arrived) return lost_where(packet, sent, last->passage, fate);
    const Delay taken{packet.received_ns - packet.sent_ns};
    if (std::chrono::abs(taken - fate.delay) <= precision) return;
    if (on_an_edge(last->passage, packet.direction, sent)) return leave_open(packet.direction);
    differ(
        fmt::format("{}: it took {}, and {} by the analysis", name(packet, sent), to_text(taken), to_text(fate.delay)));
  }

  // What was counted of the whole call, once all its packets are there.
  void counts(const json& call) {
    for (const auto direction : {Direction::uplink, Direction::downlink}) {
      const bool up = direction == Direction::uplink;
      const json& totals = call.at(up ? "uplink" : "downlink");
      Range duplicated;
      Range reordered;
      for (std::size_t i = 0; i < handovers_.size(); ++i) {
        const Handover& handover = handovers_[i];
        const Way& way = up ? handover.uplink : handover.downlink;
        const auto figures = figures_of(mobility::PacketStream(handover.passage, direction), way.sent);
        duplicated += Range(figures, &StreamFigures::duplicated);
        reordered += Range(figures, &StreamFigures::reordered);
        const auto held = [&](const char* what, std::uint64_t measured, double StreamFigures::*figure) {
          compare(direction, fmt::format("handover {}: {}", i + 1, what), static_cast<double>(measured),
                  Range(figures, figure));
        };
        held("buffered", way.buffered, &StreamFigures::buffered);
        held("without room", way.dropped, &StreamFigures::overflowed);
        held("most in a buffer", way.deepest, &StreamFigures::deepest);
        const Range wait(figures, &StreamFigures::longest_wait_ns);
        compare(
            direction, fmt::format("handover {}: longest wait [ns]", i + 1), static_cast<double>(way.longest_wait_ns),
            {wait.least - static_cast<double>(precision.count()), wait.most + static_cast<double>(precision.count())});
        result_.buffered += way.buffered;
      }
      compare(direction, "duplicated", totals.at("duplicated").get<double>(), duplicated);
      // Where a packet's fate hangs on microseconds, so does how many others it overtakes.
      const bool open = up ? open_uplink_ : open_downlink_;
      if (!open) compare(direction, "reordered", totals.at("reordered").get<double>(), reordered);
      result_.duplicated += totals.at("duplicated").get<std::size_t>();
      result_.reordered += totals.at("reordered").get<std::size_t>();
    }
  }

  Agreement take() { return std::move(result_); }

 private:
  using StreamFigures = mobility::StreamFigures;

  // What the analysis says, of packets that may be sent a little earlier or later.
  struct Range {
    Range() = default;
    Range(double least_of_all, double most_of_all) : least(least_of_all), most(most_of_all) {}
    Range(const std::vector<StreamFigures>& all, double StreamFigures::*figure)
        : least(all.front().*figure), most(least) {
      for (const StreamFigures& one : all) {
        least = std::min(least, one.*figure);
        most = std::max(most, one.*figure);
      }
    }
    Range& operator+=(const Range& more) {
      least += more.least;
      most += more.most;
      return *this;
    }

    double least = 0;
    double most = 0;
  };

  static Way way(const json& score) {
    return {.sent = {},
            .buffered = score.at("buffered").get<std::uint64_t>(),
            .dropped = score.at("buffer_dropped").get<std::uint64_t>(),
            .deepest = score.at("buffer_deepest").get<std::uint64_t>(),
            .longest_wait_ns = score.at("buffer_longest_wait_ns").get<std::int64_t>()};
  }

  static std::vector<StreamFigures> figures_of(const mobility::PacketStream& stream,
                                               const std::vector<Nanoseconds>& sent) {
    std::vector<StreamFigures> all;
    for (const Delay shift : {-precision, Delay{0}, precision}) {
      std::vector<Nanoseconds> shifted;
      shifted.reserve(sent.size());
      for (const Nanoseconds when : sent) shifted.push_back(when + shift);
      all.push_back(stream.of(shifted, experiment::voip_flow.interval).figures);
    }
    return all;
  }

  void compare(Direction direction, const std::string& what, double measured, const Range& expected) {
    if (expected.least <= measured && measured <= expected.most) return;
    differ(fmt::format("{}, {}: {}, and {} to {} by the analysis",
                       direction == Direction::uplink ? "uplink" : "downlink", what, measured, expected.least,
                       expected.most));
  }

  std::size_t node(const std::string& name) const { return config::find_node(loaded_.topology, name); }

  // No link of these loses anything: a packet ends at a node, and its cause is one of a node's. Of one that is led about
  // that is any node of the circle.
  void lost_where(const Packet& packet, Delay sent, const Passage& passage, const Passage::Fate& fate) {
    const auto& where = loaded_.topology.nodes[fate.node].name;
    // Of a packet and its copies each ends somewhere.
    const auto ends = passage.unhindered(packet.direction, sent);
    const auto ends_as_told = [&](const Passage::Fate& one) {
      return packet.missed == "hop limit" ? one.circles : packet.missed_at == loaded_.topology.nodes[one.node].name;
    };
    const bool as_expected = ends_as_told(fate) || std::any_of(ends.begin(), ends.end(), ends_as_told);
    if (as_expected && packet.missed != "unknown" && !packet.missed.empty()) return;
    if (on_an_edge(passage, packet.direction, sent)) return;
    differ(fmt::format("{}: it was lost at {} ({}), and at {} by the analysis", name(packet, sent), packet.missed_at,
                       packet.missed, where));
  }

  // Between two breakpoints all packets share a course, but for those that circle for longer than is followed up.
  static bool circles_for_long(const Handover& handover, Direction direction, Delay sent, const Passage::Fate& fate) {
    const auto& points = direction == Direction::uplink ? handover.uplink_breakpoints : handover.downlink_breakpoints;
    const auto next = points.upper_bound(sent);
    if (next == points.begin() || !fate.stays.empty()) return false;
    const auto first = handover.passage.send(direction, *std::prev(next));
    return first.arrived != fate.arrived || (fate.arrived && first.stays.empty() && first.delay != fate.delay);
  }

  void leave_open(Direction direction) { (direction == Direction::uplink ? open_uplink_ : open_downlink_) = true; }

  // Sent a little earlier or later its fate would be another.
  static bool on_an_edge(const Passage& passage, Direction direction, Delay sent) {
    const auto early = passage.send(direction, sent - precision);
    const auto late = passage.send(direction, sent + precision);
    return early.arrived != late.arrived || early.delay != late.delay || early.node != late.node;
  }

  static std::string name(const Packet& packet, Delay sent) {
    return fmt::format("{} packet {}, sent {} ns into the handover",
                       packet.direction == Direction::uplink ? "uplink" : "downlink", packet.sequence, sent.count());
  }

  void differ(std::string what) {
    constexpr std::size_t most = 5;
    if (result_.differences.size() < most) result_.differences.push_back(std::move(what));
  }

  const Loaded& loaded_;
  std::uint64_t seed_;
  mobility::DataFlow flow_;
  std::vector<Handover> handovers_;
  bool open_uplink_ = false;
  bool open_downlink_ = false;
  Agreement result_;
};

}  // namespace

bool is_accepted(const fs::path& lab) {
  try {
    const Loaded loaded(lab);
    mobility::require_ends_attached(loaded.geography(), loaded.mechanism, loaded.mobile);
    return loaded.routers.size() >= 2 &&
           experiment::shortest_interval(loaded.geography(), loaded.mechanism, experiment::Probe::voip) > Delay{0};
  } catch (const InputError&) {
    return false;
  }
}

Family family_of(const config::Topology& topology, std::uint64_t seed) {
  return topology.nodes.front().ipv4 && seed % 2 == 0 ? Family::ipv4 : Family::ipv6;
}

std::vector<std::string> run_words(const fs::path& lab, const fs::path& out, std::uint64_t seed) {
  const Loaded loaded(lab);
  const Delay least =
      experiment::shortest_interval(loaded.geography(), loaded.mechanism, experiment::Probe::voip) + Delay{100'000'000};
  const auto interval = std::chrono::ceil<std::chrono::milliseconds>(2 * least);
  return {"run",         lab,
          "--clock",     "virtual",
          "--probe",     "voip",
          "--family",    family_of(loaded.topology, seed) == Family::ipv4 ? "4" : "6",
          "--handovers", std::to_string(loaded.routers.size()),
          "--interval",  to_text(interval),
          "--seed",      std::to_string(seed),
          "--out",       out};
}

Agreement held_to_analysis(const fs::path& lab, const fs::path& out, std::uint64_t seed) {
  const Loaded loaded(lab);
  Comparison comparison(loaded, seed);
  std::istringstream cards(files::read_file(out / "handovers.jsonl"));
  for (std::string line; std::getline(cards, line);) comparison.handover(json::parse(line));
  for (const Packet& packet : packets_in(out / "random.voip.csv")) comparison.packet(packet);
  comparison.counts(json::parse(files::read_file(out / "summary.json")).at("runs").at(0).at("call"));
  return comparison.take();
}

}  // namespace segue::test
