#include "tests/agreement/agreement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
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

struct Handover {
  std::int64_t started_ns;
  std::int64_t window_begin_ns;
  std::int64_t window_end_ns;
  Passage passage;
};

struct Packet {
  Direction direction;
  std::uint64_t sequence;
  std::int64_t sent_ns;
  std::int64_t received_ns;  // 0: lost
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
    packets.push_back({direction == "uplink" ? Direction::uplink : Direction::downlink, std::stoull(sequence),
                       std::stoll(sent), received.empty() ? 0 : std::stoll(received)});
  }
  return packets;
}

class Comparison {
 public:
  Comparison(const Loaded& loaded, std::uint64_t seed) : loaded_(loaded), seed_(seed) {}

  void handover(const json& card) {
    ++result_.handovers;
    const Binding binding{loaded_.mobile, node(card.at("from")), node(card.at("to"))};
    const auto number = card.at("index").get<unsigned>() + 1;
    const auto mechanism = experiment::drawn_for(loaded_.mechanism, seed_, number);
    const auto expected = mobility::expect(loaded_.geography(), mechanism, binding, experiment::voip_flow);
    result_.outage_without_end = result_.outage_without_end || !expected.dead_end.empty();
    if (card.at("outcome") != "complete") {
      return differ(fmt::format("handover {}: {}", number, card.at("failure").get<std::string>()));
    }
    const Delay completion{card.at("completion_ns").get<std::int64_t>()};
    if (std::chrono::abs(completion - expected.completion) > precision) {
      differ(fmt::format("handover {}: complete after {} ns, and not after {}", number, completion.count(),
                         expected.completion.count()));
    }
    handovers_.push_back({card.at("started_ns"), card.at("window_begin_ns"), card.at("window_end_ns"),
                          mobility::passage_of(loaded_.geography(), mechanism, binding, experiment::voip_flow)});
  }

  void packet(const Packet& packet) {
    if (handovers_.empty() || packet.sent_ns < quiet_from_ns) return;
    ++result_.packets;
    result_.lost += packet.received_ns == 0 ? 1 : 0;
    // What holds after a handover is what the one after it begins with.
    const Handover* last = &handovers_.front();
    for (const Handover& one : handovers_) {
      if (one.window_begin_ns <= packet.sent_ns) last = &one;
    }
    const Delay sent{packet.sent_ns - last->started_ns};
    const auto fate = last->passage.send(packet.direction, sent);
    const bool arrived = packet.received_ns != 0;
    if (fate.arrived != arrived) {
      if (on_an_edge(last->passage, packet.direction, sent)) return;
      return differ(fmt::format("{}: {}, and {} by the analysis, {}", name(packet, sent),
                                arrived ? "it arrived" : "it was lost", fate.arrived ? "arrives" : "is lost",
                                fate.arrived ? fmt::format("after {}", to_text(fate.delay))
                                             : fmt::format("at {}", loaded_.topology.nodes[fate.node].name)));
    }
    const Delay taken{packet.received_ns - packet.sent_ns};
    if (!arrived || std::chrono::abs(taken - fate.delay) <= precision) return;
    if (on_an_edge(last->passage, packet.direction, sent)) return;
    differ(
        fmt::format("{}: it took {}, and {} by the analysis", name(packet, sent), to_text(taken), to_text(fate.delay)));
  }

  Agreement take() { return std::move(result_); }

 private:
  std::size_t node(const std::string& name) const { return config::find_node(loaded_.topology, name); }

  // Sent a little earlier or later its fate would be another.
  static bool on_an_edge(const Passage& passage, Direction direction, Delay sent) {
    const auto early = passage.send(direction, sent - precision);
    const auto late = passage.send(direction, sent + precision);
    return early.arrived != late.arrived || early.delay != late.delay;
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
  std::vector<Handover> handovers_;
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

std::vector<std::string> run_words(const fs::path& lab, const fs::path& out, std::uint64_t seed) {
  const Loaded loaded(lab);
  const Delay least =
      experiment::shortest_interval(loaded.geography(), loaded.mechanism, experiment::Probe::voip) + Delay{100'000'000};
  const auto interval = std::chrono::ceil<std::chrono::milliseconds>(2 * least);
  return {"run",         lab,
          "--clock",     "virtual",
          "--probe",     "voip",
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
  return comparison.take();
}

}  // namespace segue::test
