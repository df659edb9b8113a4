#include "tests/system/stalls.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

namespace segue::test {

namespace {

using nlohmann::json;

constexpr std::int64_t ms = 1'000'000;
// The limit of a verdict, and what a link engine that attends may overlook of a stall: how often it looks.
constexpr std::int64_t noticed = ms + ms / 4;
// How much one completion may differ from another on a machine that is left alone: it wakes up for each message, one time
// faster than another.
std::int64_t usual(const json& card) {
  return card.at("expected_completion_ns").get<std::int64_t>() / 100 + card.at("messages").get<std::int64_t>() * ms / 5;
}

std::int64_t over_analysis(const json& card) {
  return card.at("completion_ns").get<std::int64_t>() - card.at("expected_completion_ns").get<std::int64_t>();
}

// What this machine takes for them at the least: of the best handover of a run.
std::int64_t least_over_analysis(const json& cards) {
  std::int64_t least = INT64_MAX;
  for (const json& card : cards) {
    if (card.at("outcome") == "complete") least = std::min(least, over_analysis(card));
  }
  return least == INT64_MAX ? 0 : least;
}

constexpr std::int64_t interval = 20 * ms;

struct Packet {
  std::int64_t due_ns = 0;
  std::int64_t sent_ns = 0;
  std::int64_t received_ns = 0;  // 0: lost
};

// By direction. The uplink's packets are due every 20 ms from time zero, the downlink's half an interval later.
std::map<std::string, std::vector<Packet>> packets_of(const std::filesystem::path& csv) {
  std::map<std::string, std::vector<Packet>> packets;
  std::ifstream file(csv);
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::replace(line.begin(), line.end(), ',', ' ');
    std::istringstream cells(line);
    std::string direction;
    std::int64_t sequence = 0;
    Packet packet;
    cells >> direction >> sequence >> packet.sent_ns >> packet.received_ns;
    packet.due_ns = sequence * interval + (direction == "downlink" ? interval / 2 : 0);
    packets[direction].push_back(packet);
  }
  return packets;
}

bool shifted(const std::vector<Packet>& packets, std::int64_t begin_ns, std::int64_t end_ns) {
  std::int64_t least = INT64_MAX;
  for (const Packet& packet : packets) {
    if (packet.received_ns != 0) least = std::min(least, packet.received_ns - packet.sent_ns);
  }
  return std::any_of(packets.begin(), packets.end(), [&](const Packet& packet) {
    if (packet.due_ns < begin_ns || packet.due_ns + least >= end_ns) return false;
    const bool came_late = packet.received_ns != 0 && packet.received_ns - packet.sent_ns > least + noticed;
    return came_late || packet.sent_ns - packet.due_ns > noticed;
  });
}

}  // namespace

Staller::Staller(const Command& options)
    : process_([&] {
        Command command{SEGUE_STALLER};
        command.insert(command.end(), options.begin(), options.end());
        return command;
      }()) {
  process_.await_line(Process::Stream::out, " ");
}

std::vector<StallTime> Staller::stop() {
  process_.send(SIGTERM);
  std::istringstream lines(process_.wait().out);
  std::vector<StallTime> stalls;
  unsigned core = 0;
  for (StallTime stall; lines >> core >> stall.begin_ns >> stall.end_ns;) stalls.push_back(stall);
  return stalls;
}

std::vector<Judged> judged(const std::filesystem::path& results, const std::vector<StallTime>& stalls) {
  std::ifstream file(results / "summary.json");
  const json summary = json::parse(file);
  std::vector<Judged> all;
  for (const json& run : summary.at("runs")) {
    if (run.at("probe") != "voip") continue;
    const std::string mechanism = run.at("mechanism");
    const auto packets = packets_of(results / (mechanism + ".voip.csv"));
    const std::int64_t origin = run.at("origin_ns");
    const std::int64_t least = least_over_analysis(run.at("handovers"));
    for (const json& card : run.at("handovers")) {
      const std::int64_t begin = card.at("window_begin_ns");
      const std::int64_t end = card.at("window_end_ns");
      Judged one{.what = fmt::format("{}, handover {}", mechanism, card.at("index").get<int>()),
                 .tainted = card.at("verdict") == "tainted",
                 .reasons = card.at("reasons").dump()};
      one.stalled = std::any_of(stalls.begin(), stalls.end(), [&](const StallTime& stall) {
        return stall.begin_ns < origin + end && stall.end_ns > origin + begin;
      });
      one.shifted = over_analysis(card) - least > noticed + usual(card);
      for (const auto& [direction, sent] : packets) one.shifted = one.shifted || shifted(sent, begin, end);
      all.push_back(std::move(one));
    }
  }
  return all;
}

}  // namespace segue::test
