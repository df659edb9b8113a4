// A lab that is watched: what Prometheus makes of it, and whether every panel, variable and rule has something to show.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/system/dashboards.hpp"
#include "tests/system/http.hpp"
#include "tests/system/lab_up.hpp"
#include "tests/system/pattern.hpp"
#include "tests/system/program.hpp"
#include "tests/system/prometheus_api.hpp"
#include "tests/unit/config/scratch.hpp"

using namespace segue;
using namespace segue::test;
using namespace std::chrono_literals;

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

const std::vector<std::string> mechanisms = {"prompt-scheduled", "prompt-unscheduled", "mobile-ipv6-eap-aka"};

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE_MESSAGE(file, path.string());
  return {std::istreambuf_iterator<char>(file), {}};
}

// Rules --------------------------------------------------------------------------------------------------------------

void check_rules(const PrometheusApi& api) {
  std::size_t recording = 0;
  std::map<std::string, std::string> alerts;  // and the state of the worst of that name
  const json answer = api.get("/api/v1/rules");
  REQUIRE(answer.value("status", "") == "success");
  for (const auto& group : answer.at("data").at("groups")) {
    for (const auto& rule : group.at("rules")) {
      const auto name = rule.at("name").get<std::string>();
      CAPTURE(name);
      CHECK_MESSAGE(rule.at("health") == "ok", rule.value("lastError", ""));
      if (rule.at("type") == "recording") {
        check_expression(api, "rule " + name, name);
        ++recording;
      } else {
        const auto state = rule.at("state").get<std::string>();
        if (alerts[name] != "firing") alerts[name] = state;
      }
    }
  }
  CHECK(recording >= 10);
  for (const auto& [name, state] : alerts) std::printf("  alert %-64s %s\n", name.c_str(), state.c_str());
  // Two of these mechanisms take longer than 50 ms by design; nothing else is the matter with this lab.
  CHECK(alerts["HandoverOverGoal"] == "firing");
  for (const auto* quiet : {"HandoverFailed", "AgentDown", "TargetDown"}) {
    CAPTURE(quiet);
    CHECK(alerts[quiet] == "inactive");
  }
}

// The table of metrics -----------------------------------------------------------------------------------------------

using Table = std::map<std::string, std::string>;  // by name: the type, then the labels in alphabetical order

std::string entry(const std::string& type, const std::set<std::string>& labels) {
  return fmt::format("{} [{}]", type, fmt::join(labels, " "));
}

// Rows like: | `segue_node_up` | gauge | node, role | …
Table table_of_readme() {
  Table table;
  std::istringstream lines(text_of(dashboards_folder() / "README.md"));
  for (std::string line; std::getline(lines, line);) {
    const auto parts = first_match_of(R"(^\| `(segue_\w+)` \| (\w+) \| ([\w, ]*)\|)", line);
    if (parts.empty()) continue;
    std::set<std::string> labels;
    for (const auto& word : matches_of(R"(\w+)", parts[3])) labels.insert(word[0]);
    table[parts[1]] = entry(parts[2], labels);
  }
  return table;
}

// "segue_x_bucket" belongs to the histogram "segue_x".
std::string family_of(const std::string& sample, const std::map<std::string, std::string>& types) {
  if (types.contains(sample)) return sample;
  const std::string family = sample.substr(0, sample.rfind('_'));
  return types.contains(family) ? family : "";
}

Table table_of_scrape(const std::string& text) {
  std::map<std::string, std::string> types;
  std::map<std::string, std::set<std::string>> labels;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string hash;
    std::string keyword;
    std::string name;
    std::string type;
    if (line.starts_with("# TYPE ") && words >> hash >> keyword >> name >> type) types[name] = type;
    if (!line.starts_with("segue_")) continue;
    const std::string family = family_of(line.substr(0, line.find('{')), types);
    CAPTURE(line);
    REQUIRE_FALSE(family.empty());
    const std::string inside = line.substr(line.find('{'), line.rfind('}') - line.find('{'));
    CHECK(inside.find("lab=\"") != std::string::npos);
    for (const auto& label : matches_of(R"((\w+)=")", inside)) labels[family].insert(label[1]);
  }
  Table table;
  for (auto& [name, of_it] : labels) {
    of_it.erase("lab");
    of_it.erase("le");
    table[name] = entry(types[name], of_it);
  }
  return table;
}

void check_metrics(const std::string& url) {
  const HttpAnswer answer = http_get(url + "/metrics");
  REQUIRE(answer.status == 200);
  const Table readme = table_of_readme();
  const Table scrape = table_of_scrape(answer.body);
  for (const auto& family : scrape) {
    const std::string& name = family.first;
    const std::string& served = family.second;
    CAPTURE(name);
    const auto row = readme.find(name);
    CHECK_MESSAGE((row != readme.end() && row->second == served), "the lab serves ", served,
                  ", dashboards/README.md says ", row == readme.end() ? "nothing" : row->second);
  }
  for (const auto& row : readme) CHECK_MESSAGE(scrape.contains(row.first), row.first, " is in the table alone");
  for (const auto* name : {"process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds"}) {
    CHECK_MESSAGE(answer.body.find(fmt::format("\n{} ", name)) != std::string::npos, name);
  }
  const Scratch scratch;
  const auto file = scratch.write("metrics.txt", answer.body);
  const Outcome content = run({"sh", "-c", "exec promtool check metrics <" + file.string()});
  CHECK_MESSAGE(content.exit_code == 0, content.out, content.err);
}

}  // namespace

TEST_CASE("every panel, variable and rule has something to show of a watched lab, and down stops what up started") {
  REQUIRE_MESSAGE(run({"sh", "-c", "command -v prometheus promtool"}).exit_code == 0,
                  "prometheus is missing: apt-get install prometheus");
  // Somebody else's, which is none of the lab's business.
  const Scratch scratch;
  Process stranger({"prometheus", "--config.file=" + scratch.write("prometheus.yml", "").string(),
                    "--storage.tsdb.path=" + (scratch.path() / "data").string(), "--web.listen-address=127.0.0.1:0"});
  stranger.await_line(Process::Stream::err, "Server is ready to receive web requests");

  Command options{"--watch", "--every", "2300ms"};  // not in step with a machine that stalls every second
  for (const auto& mechanism : mechanisms) options.insert(options.end(), {"--mechanism", mechanism});
  LabUp lab(lab_folder("prompt"), options);
  const PrometheusApi api(url_after(lab.said(), "prometheus"));
  const std::string metrics = url_after(lab.said(), "metrics");
  CAPTURE(lab.said());
  REQUIRE_FALSE(api.url().empty());
  REQUIRE_FALSE(metrics.empty());
  REQUIRE(api.answers());

  const auto all_seen =
      fmt::format("count(mechanism_mobile:segue_handover_completion_seconds:mean2m) == {}", mechanisms.size());
  REQUIRE_MESSAGE(eventually([&] { return api.holds(all_seen); }, 90s),
                  "no mechanism but these completed a handover: ", api.get("/api/v1/label/mechanism/values").dump());
  std::printf("a lab that is watched, by %s\n", api.url().c_str());
  for (const auto* name : {"handover", "lab", "health"}) {
    check_dashboard(api, name);
  }
  check_rules(api);
  check_metrics(metrics);

  const Outcome down = lab.down();
  CHECK_MESSAGE(down.exit_code == 0, down.err);
  CHECK(eventually([&] { return http_get(api.url() + "/-/ready").status == 0; }, 10s));
  CHECK_FALSE(stranger.ends_within(Delay{0}));
}

TEST_CASE("an agent that ends is a node that is down, and its handovers fail with an alert") {
  LabUp lab(lab_folder("prompt"), {"--watch", "--every", "2s", "--mechanism", "prompt-scheduled"});
  const PrometheusApi api(url_after(lab.said(), "prometheus"));
  REQUIRE(eventually([&] { return api.holds("segue_handovers_total{outcome=\"complete\"} > 0"); }, 30s));
  ::kill(lab.agent_of("ar2"), SIGKILL);
  CHECK(eventually([&] { return api.holds("segue_node_up{node=\"ar2\"} == 0"); }, 30s));
  CHECK(eventually([&] { return api.holds("segue_handovers_total{outcome=\"failed\"} > 0"); }, 30s));
  CHECK(eventually([&] { return api.holds("ALERTS{alertname=\"AgentDown\",alertstate=\"firing\"}"); }, 60s));
  CHECK(run_segue({"ps", lab.name()}).out.find("(ended)") != std::string::npos);
  CHECK(lab.down().exit_code == 0);
}

TEST_CASE("a keeper that is killed takes Prometheus with it") {
  LabUp lab(lab_folder("prompt"), {"--watch"});
  const PrometheusApi api(url_after(lab.said(), "prometheus"));
  REQUIRE(api.answers());
  const auto children = descendants(::getpid());
  const auto keeper = std::find_if(children.begin(), children.end(), [](pid_t process) {
    return command_line(process).find("keeper") != std::string::npos;
  });
  REQUIRE(keeper != children.end());
  ::kill(*keeper, SIGKILL);
  // The kernel waits for what is to be reaped here before it lets go of a PID namespace.
  CHECK(eventually(
      [] {
        reap();
        return descendants(::getpid()).empty();
      },
      5s));
  CHECK_FALSE(api.answers());
}
