// A lab that is watched: what Prometheus makes of it, and whether every panel, variable and rule has something to show.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/system/http.hpp"
#include "tests/system/lab_up.hpp"
#include "tests/system/program.hpp"
#include "tests/unit/config/scratch.hpp"

using namespace segue;
using namespace segue::test;
using namespace std::chrono_literals;

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

const fs::path dashboards = fs::path(SEGUE_SOURCE_DIR) / "dashboards";
const std::vector<std::string> mechanisms = {"prompt-scheduled", "prompt-unscheduled", "mobile-ipv6-eap-aka"};
constexpr Delay patience = 30s;  // for what a panel shows only after the next handover

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE_MESSAGE(file, path.string());
  return {std::istreambuf_iterator<char>(file), {}};
}

// Prometheus's HTTP API ----------------------------------------------------------------------------------------------

class Api {
 public:
  explicit Api(std::string url) : url_(std::move(url)) {}

  const std::string& url() const { return url_; }
  bool answers() const { return http_get(url_ + "/-/ready").status == 200; }

  json get(const std::string& path) const {
    const HttpAnswer answer = http_get(url_ + path);
    return json::parse(answer.body, nullptr, false);
  }

  struct Vector {
    std::string error;
    std::vector<double> values;  // those that are numbers
  };
  Vector query(const std::string& expression) const {
    const json answer = get("/api/v1/query?query=" + url_encoded(expression));
    if (answer.is_discarded()) return {.error = "no JSON", .values = {}};
    if (answer.value("status", "") != "success") return {.error = answer.value("error", "?"), .values = {}};
    Vector vector;
    for (const auto& series : answer.at("data").at("result")) {
      const double value = std::stod(series.at("value").at(1).get<std::string>());
      if (!std::isnan(value)) vector.values.push_back(value);
    }
    return vector;
  }

  // Looks again while there is nothing, since a mobile node between two routers, say, is at none.
  Vector query_in_time(const std::string& expression) const {
    Vector vector;
    eventually(
        [&] {
          vector = query(expression);
          return !vector.error.empty() || !vector.values.empty();
        },
        patience);
    return vector;
  }

  bool holds(const std::string& expression) const { return !query(expression).values.empty(); }

 private:
  std::string url_;
};

// Dashboards ---------------------------------------------------------------------------------------------------------

// As Grafana would with the choice "All" and a scrape every few seconds.
std::string substituted(std::string expression, const json& dashboard) {
  std::map<std::string, std::string> values = {{"$__rate_interval", "30s"}, {"$__interval", "1s"}, {"$__range", "5m"}};
  for (const auto& variable : dashboard.at("templating").at("list")) {
    values["$" + variable.at("name").get<std::string>()] = ".*";
  }
  for (const auto& [name, value] : values) {
    for (std::size_t at = 0; (at = expression.find(name, at)) != std::string::npos; at += value.size()) {
      expression.replace(at, name.size(), value);
    }
  }
  return expression;
}

void check_expression(const Api& api, const std::string& where, const std::string& expression) {
  const auto vector = api.query_in_time(expression);
  std::string shown;
  for (std::size_t i = 0; i < vector.values.size() && i < 3; ++i) shown += fmt::format(" {:.4g}", vector.values[i]);
  std::printf("  %-70s %3zu series:%s%s\n", where.c_str(), vector.values.size(), shown.c_str(),
              vector.values.size() > 3 ? " …" : "");
  CAPTURE(where);
  CAPTURE(expression);
  if (!vector.error.empty()) {
    FAIL_CHECK(vector.error);
  } else if (vector.values.empty()) {
    FAIL_CHECK("nothing to show");
  }
}

void check_variable(const Api& api, const std::string& where, const std::string& query) {
  static const std::regex label_values(R"(label_values\((.+), (\w+)\))");
  std::smatch parts;
  CAPTURE(where);
  CAPTURE(query);
  REQUIRE(std::regex_match(query, parts, label_values));
  const json answer =
      api.get(fmt::format("/api/v1/label/{}/values?match%5B%5D={}", parts[2].str(), url_encoded(parts[1].str())));
  REQUIRE(answer.value("status", "") == "success");
  CHECK_FALSE(answer.at("data").empty());
  std::printf("  %-70s %s\n", where.c_str(), answer.at("data").dump().c_str());
}

void check_dashboard(const Api& api, const fs::path& file) {
  const json board = json::parse(text_of(file));
  const std::string name = file.stem();
  for (const auto& variable : board.at("templating").at("list")) {
    if (variable.at("type") != "query") continue;
    check_variable(api, fmt::format("{} / ${}", name, variable.at("name").get<std::string>()),
                   substituted(variable.at("query").at("query").get<std::string>(), board));
  }
  for (const auto& annotation : board.at("annotations").at("list")) {
    if (annotation.contains("builtIn")) continue;
    check_expression(api, fmt::format("{} / annotation {}", name, annotation.at("name").get<std::string>()),
                     substituted(annotation.at("target").at("expr").get<std::string>(), board));
  }
  for (const auto& panel : board.at("panels")) {
    if (panel.at("type") == "row") continue;
    for (const auto& target : panel.at("targets")) {
      check_expression(api,
                       fmt::format("{} / {} / {}", name, panel.at("title").get<std::string>(),
                                   target.at("refId").get<std::string>()),
                       substituted(target.at("expr").get<std::string>(), board));
    }
  }
}

// Rules --------------------------------------------------------------------------------------------------------------

void check_rules(const Api& api) {
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
  static const std::regex row(R"(\| `(segue_\w+)` \| (\w+) \| ([\w, ]*)\|.*)");
  static const std::regex word(R"(\w+)");
  Table table;
  std::istringstream lines(text_of(dashboards / "README.md"));
  for (std::string line; std::getline(lines, line);) {
    std::smatch parts;
    if (!std::regex_match(line, parts, row)) continue;
    const std::string list = parts[3];
    std::set<std::string> labels;
    for (std::sregex_iterator it(list.begin(), list.end(), word), end; it != end; ++it) labels.insert(it->str());
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
  static const std::regex label(R"((\w+)=")");
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
    for (std::sregex_iterator it(inside.begin(), inside.end(), label), end; it != end; ++it) {
      labels[family].insert((*it)[1]);
    }
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
  for (const auto& [name, served] : scrape) {
    CAPTURE(name);
    const auto row = readme.find(name);
    CHECK_MESSAGE((row != readme.end() && row->second == served), "the lab serves ", served,
                  ", dashboards/README.md says ", row == readme.end() ? "nothing" : row->second);
  }
  for (const auto& [name, said] : readme) CHECK_MESSAGE(scrape.contains(name), name, " is in the table alone");
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

  Command options{"--watch", "--every", "2s"};
  for (const auto& mechanism : mechanisms) options.insert(options.end(), {"--mechanism", mechanism});
  LabUp lab(lab_folder("prompt"), options);
  const Api api(url_after(lab.said(), "prometheus"));
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
    check_dashboard(api, dashboards / "grafana/dashboards" / (std::string(name) + ".json"));
  }
  check_rules(api);
  check_metrics(metrics);

  const Outcome down = lab.down();
  CHECK_MESSAGE(down.exit_code == 0, down.err);
  CHECK(eventually([&] { return http_get(api.url() + "/-/ready").status == 0; }, 10s));
  CHECK_FALSE(stranger.ends_within(Delay{0}));
}
