// What being watched costs: the time and the processor time of a scrape, of the paper's lab under --watch and of a
// chain of 200 nodes; and whether a run that is scraped every second gets another verdict than one that is not.
//
// The processor time of a scrape is what the exporting process used for a hundred of them, less what it used by itself
// in the same time before.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "nodes/base/clock.hpp"
#include "nodes/base/error.hpp"
#include "nodes/base/loop.hpp"
#include "tests/system/http.hpp"
#include "tests/system/program.hpp"
#include "tests/unit/config/scratch.hpp"

using namespace segue;

namespace {

constexpr int scrapes = 100;

void let_pass(Delay time) {
  Loop loop;
  loop.run_once(time);
}

double seconds(Delay delay) { return std::chrono::duration<double>(delay).count(); }

double value_of(const std::string& text, const std::string& name) {
  const auto at = text.find('\n' + name + ' ');
  if (at == std::string::npos) throw Error("find " + name + " in a scrape: it is not there");
  return std::stod(text.substr(at + name.size() + 2));
}

double cpu_of(const std::string& url) { return value_of(test::http_get(url).body, "process_cpu_seconds_total"); }

struct Cost {
  double median_ms = 0;
  double cpu_ms = 0;   // a scrape
  double resting = 0;  // share of a core without scrapes
  std::size_t series = 0;
};

Cost cost_of(const std::string& url) {
  const double at_first = cpu_of(url);
  constexpr auto rest = std::chrono::seconds(10);
  let_pass(rest);
  const double rested = cpu_of(url);
  Cost cost{.resting = (rested - at_first) / seconds(rest)};
  std::vector<double> times;
  const Instant begin = now();
  std::string text;
  for (int i = 0; i < scrapes; ++i) {
    const Instant asked = now();
    text = test::http_get(url).body;
    times.push_back(seconds(now() - asked) * 1e3);
  }
  const double taken = seconds(now() - begin);
  std::sort(times.begin(), times.end());
  cost.median_ms = times[times.size() / 2];
  cost.cpu_ms = (cpu_of(url) - rested - cost.resting * taken) / scrapes * 1e3;
  cost.series = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  return cost;
}

Cost cost_of_lab(const test::Command& lab) {
  const std::string name = fmt::format("bench-{}", ::getpid());
  test::Command up = {"up", "--name", name, "--metrics", "127.0.0.1:0"};
  up.insert(up.end(), lab.begin(), lab.end());
  const auto outcome = test::run(test::segue_with(up));
  if (outcome.exit_code != 0) throw Error("bring a lab up: " + outcome.err);
  const std::string url = test::url_after(outcome.out, "metrics") + "/metrics";
  // Until there is something of everything.
  test::eventually([&] { return test::http_get(url).body.find("segue_link_packets_total{") != std::string::npos; },
                   std::chrono::seconds(30));
  const Cost cost = cost_of(url);
  test::run(test::segue_with({"down", name}));
  return cost;
}

void print(const char* what, const Cost& cost) {
  fmt::print("{:<36} {:>8} {:>14.2f} {:>14.2f} {:>16.2f} {:>14.2f}\n", what, cost.series, cost.median_ms, cost.cpu_ms,
             cost.cpu_ms / 10, cost.resting * 100);
  std::fflush(stdout);
}

test::Command chain(const Scratch& scratch) {
  std::string text = "title = \"A chain\"\n";
  for (int i = 0; i < 200; ++i) text += fmt::format("[nodes.n{}]\nrole = \"router\"\n", i);
  for (int i = 0; i + 1 < 200; ++i) {
    text += fmt::format("[links.l{}]\nbetween = [\"n{}\", \"n{}\"]\ndelay = \"1ms\"\n", i, i, i + 1);
  }
  return {scratch.write("chain/topology.toml", text).parent_path().string()};
}

void judge(const char* what, bool scraped, const Scratch& scratch) {
  const std::string out = (scratch.path() / what).string();
  test::Process run(
      test::segue_with({"run", test::lab_folder("prompt").string(), "--mechanism", "prompt-scheduled", "--probe",
                        "voip", "--handovers", "8", "--interval", "2s", "--metrics", "127.0.0.1:0", "--out", out}));
  std::atomic<bool> over = false;
  std::thread scraper;
  if (scraped) {
    const std::string url = test::url_after(run.await_line(test::Process::Stream::err, "metrics at"), "metrics");
    scraper = std::thread([&over, url] {
      while (!over) {
        test::http_get(url + "/metrics");
        let_pass(std::chrono::seconds(1));
      }
    });
  }
  run.wait();
  over = true;
  if (scraper.joinable()) scraper.join();
  const auto summary = nlohmann::json::parse(std::ifstream(out + "/summary.json")).at("runs").at(0);
  const auto us = [&](const char* key) { return summary.at("emulator").at("lateness_ns").at(key).get<double>() / 1e3; };
  double completion = 0;
  for (const auto& card : summary.at("handovers")) completion += card.at("completion_ns").get<double>() / 8e6;
  fmt::print("{:<36} {:>8} {:>14.1f} {:>14.1f} {:>16.3f}\n", what, summary.at("verdict").get<std::string>(), us("p50"),
             us("p99"), completion);
}

}  // namespace

int main() {
  const Scratch scratch;
  fmt::print("{:<36} {:>8} {:>14} {:>14} {:>16} {:>14}\n", "exporter", "lines", "scrape [ms]", "CPU [ms]",
             "at 1 s [% core]", "resting [%]");
  const Cost paper = cost_of_lab({test::lab_folder("prompt").string(), "--watch", "--every", "5s"});
  print("the paper's lab under --watch", paper);
  const Cost large = cost_of_lab(chain(scratch));
  print("a chain of 200 nodes", large);
  fmt::print("\n{:<36} {:>8} {:>14} {:>14} {:>16}\n", "a run", "verdict", "late p50 [us]", "late p99 [us]",
             "completion [ms]");
  judge("not scraped", false, scratch);
  judge("scraped every second", true, scratch);
  const bool met = large.median_ms < 20 && paper.cpu_ms / 10 < 1;
  fmt::print("\nunder 20 ms a scrape with 200 nodes, and under 1 % of a core at one scrape a second: {}\n",
             met ? "met" : "NOT MET");
  return met ? 0 : 1;
}
