#include "tests/agreement/causes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "orchestrator/files/whole_file.hpp"
#include "orchestrator/report/csv.hpp"

namespace segue::test {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* lossy_topology = R"(
[nodes.mn]
role = "mobile"
[nodes.ar1]
role = "access-router"
[nodes.ar2]
role = "access-router"
[nodes.map]
role = "anchor"
[nodes.inet]
role = "router"
[nodes.cn]
role = "correspondent"

[links.mn-ar1]
between = ["mn", "ar1"]
delay = "0.1ms"
loss = "1%"
[links.mn-ar2]
between = ["mn", "ar2"]
delay = "0.1ms"
loss = "1%"
[links.map-ar1]
between = ["map", "ar1"]
delay = "10ms"
mtu = 1600
loss = "1%"
[links.map-ar2]
between = ["map", "ar2"]
delay = "10ms"
mtu = 1600
loss = "1%"
# No signal of a mechanism comes here.
[links.map-inet]
between = ["map", "inet"]
delay = "50ms"
jitter = "10ms"
loss = "4%"
rate = "150kbit"
queue-limit = 1
[links.cn-inet]
between = ["cn", "inet"]
delay = "50ms"
loss = "1%"
)";

// What the two buffers have room for, and what becomes of what waits there.
constexpr const char* holding = R"(
title = "{title}"
complete = "handover success"

[defaults]
delay = "0.925ms"
timeout = "1s"
retries = 4
retry-after = "60ms"

[[attached]]
at = "anchor"
route = "tunnel new"
[[attached]]
at = "new"
route = "through tunnel anchor"
[[attached]]
at = "mobile"
route = "via new"

[[start]]
at = "anchor"
buffer = "hold{limit}"

[[step]]
name = "command"
from = "anchor"
to = "mobile"
message = "handover command: new access router"
layer = 3
via = "old"
radio = ["leave old", "join new"]
buffer = "hold{limit}{oldest}"

[[step]]
name = "attach"
from = "mobile"
to = "new"
message = "attach"
layer = 2
route = "through tunnel anchor"

[[step]]
name = "success"
from = "new"
to = "mobile"
message = "success"
layer = 2
route = "via new"
buffer = "{end}"

[[step]]
name = "handover success"
from = "new"
to = "anchor"
message = "handover success"
layer = 3
after = "attach"
route = "tunnel new"
buffer = "{end}"

[[step]]
name = "release"
from = "anchor"
to = "old"
message = "handover complete"
layer = 3
route = "off"
)";

std::uint64_t sum_of(const json& missed) {
  std::uint64_t sum = 0;
  for (const json& row : missed) sum += row.at("count").get<std::uint64_t>();
  return sum;
}

void compare(Causes& causes, const std::string& what, const json& way) {
  const auto wanted = way.at("lost").get<std::uint64_t>() + way.at("late").get<std::uint64_t>();
  const auto found = sum_of(way.at("missed"));
  if (found == wanted) return;
  causes.differences.push_back(
      fmt::format("{}: {} packets were lost or late, and {} have a cause", what, wanted, found));
}

// The rows of a run's table of packets, by direction, place and cause.
std::map<std::string, std::uint64_t> packets_in(const fs::path& csv) {
  const auto table = report::read_csv(csv);
  const auto direction = table.column("direction");
  const auto missed = table.column("missed");
  const auto at = table.column("missed_at");
  std::map<std::string, std::uint64_t> counts;
  for (const auto& row : table.rows) {
    if (!row[missed].empty()) ++counts[row[direction] + ", " + row[at] + ", " + row[missed]];
  }
  return counts;
}

std::map<std::string, std::uint64_t> packets_told(const json& call) {
  std::map<std::string, std::uint64_t> counts;
  for (const char* direction : {"uplink", "downlink"}) {
    for (const json& row : call.at(direction).at("missed")) {
      counts[fmt::format("{}, {}, {}", direction, row.at("place").get<std::string>(),
                         row.at("cause").get<std::string>())] = row.at("count").get<std::uint64_t>();
    }
  }
  return counts;
}

// The call is all that there is on this link, but for what its ends report when they come up (MLD, RFC 3810): a few packets
// of each, which the link may lose as well.
constexpr std::uint64_t most_reports = 8;

void compare_with_counters(Causes& causes, const json& run) {
  for (const json& link : run.at("links")) {
    if (link.at("link") != "map-inet") continue;
    std::map<std::string, std::uint64_t> told;
    for (const char* direction : {"uplink", "downlink"}) {
      for (const json& row : run.at("call").at(direction).at("missed")) {
        if (row.at("place") == link.at("direction")) {
          told[row.at("cause").get<std::string>()] += row.at("count").get<std::uint64_t>();
        }
      }
    }
    const auto lost = link.at("lost").get<std::uint64_t>();
    const auto dropped = link.at("dropped").get<std::uint64_t>();
    const bool all_told = told["link loss"] <= lost && told["queue limit"] <= dropped;
    if (all_told && lost + dropped - told["link loss"] - told["queue limit"] <= most_reports) continue;
    causes.differences.push_back(fmt::format("{}: {} lost and {} dropped, and {} and {} by what was seen",
                                             link.at("direction").get<std::string>(), lost, dropped, told["link loss"],
                                             told["queue limit"]));
  }
}

}  // namespace

void write_lossy_lab(const fs::path& lab) {
  fs::create_directories(lab / "mechanisms");
  const auto source = fs::path(SEGUE_SOURCE_DIR) / "topologies/prompt/mechanisms/prompt-scheduled.toml";
  auto text = files::read_file(source);
  const std::string timeout = "timeout = \"1s\"\n";
  text.insert(text.find(timeout) + timeout.size(), "retries = 4\nretry-after = \"60ms\"\n");
  files::write_file(lab / "mechanisms" / source.filename(), text);
  files::write_file(lab / "topology.toml", lossy_topology);
  const auto write = [&](const char* name, const char* limit, const char* oldest, const char* end) {
    files::write_file(lab / "mechanisms" / fmt::format("{}.toml", name),
                      fmt::format(fmt::runtime(holding), fmt::arg("title", name), fmt::arg("limit", limit),
                                  fmt::arg("oldest", oldest), fmt::arg("end", end)));
  };
  write("overflows", " 1 packets", " oldest", "release");
  write("discards", "", "", "discard");
}

Causes causes_in(const fs::path& out) {
  Causes causes;
  const json summary = json::parse(files::read_file(out / "summary.json"));
  for (const json& run : summary.at("runs")) {
    const auto name = run.at("mechanism").get<std::string>();
    for (const json& card : run.at("handovers")) {
      ++causes.handovers;
      causes.completed += card.at("outcome") == "complete" ? 1 : 0;
      for (const char* direction : {"uplink", "downlink"}) {
        compare(causes, fmt::format("{}, handover {}, {}", name, card.at("index").get<unsigned>() + 1, direction),
                card.at(direction));
      }
    }
    const json& call = run.at("call");
    for (const char* direction : {"uplink", "downlink"}) {
      const json& way = call.at(direction);
      compare(causes, fmt::format("{}, call, {}", name, direction), way);
      causes.lost += way.at("lost").get<std::uint64_t>();
      causes.late += way.at("late").get<std::uint64_t>();
      for (const json& row : way.at("missed")) {
        causes.sums[row.at("cause").get<std::string>()] += row.at("count").get<std::uint64_t>();
      }
    }
    if (packets_told(call) != packets_in(out / fmt::format("{}.voip.csv", name))) {
      causes.differences.push_back(name + ": the table of packets tells of others");
    }
    compare_with_counters(causes, run);
  }
  return causes;
}

void Causes::add(const Causes& more) {
  handovers += more.handovers;
  completed += more.completed;
  lost += more.lost;
  late += more.late;
  for (const auto& [cause, count] : more.sums) sums[cause] += count;
  differences.insert(differences.end(), more.differences.begin(), more.differences.end());
}

}  // namespace segue::test
