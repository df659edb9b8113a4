// A mobile's IPv4 address moves with its IPv6 address: in virtual time a call by the one meets what a call by the other
// meets, to the packet and the nanosecond, where links have no rate.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/unit/config/scratch.hpp"
#include "tests/virtual/run/results.hpp"

using namespace segue;
using namespace segue::test;
using nlohmann::json;

namespace {

// The paper's lab, with IPv4.
std::filesystem::path lab_with_ipv4(const std::filesystem::path& folder) {
  auto lab = folder / "both";
  std::filesystem::copy(lab_folder("prompt"), lab, std::filesystem::copy_options::recursive);
  std::string text = results_in(lab).at("topology.toml");
  text.insert(text.find("[nodes."), "[addressing]\nipv4 = \"10.0.0.0/8\"\n\n");
  std::ofstream(lab / "topology.toml") << text;
  return lab;
}

// What all links have delivered in the end, with the headers of what they carried.
double bytes_in(const std::string& metrics) {
  std::map<std::string, double> last;
  std::istringstream lines(metrics);
  for (std::string line; std::getline(lines, line);) {
    const auto end = line.find("} ");
    if (line.rfind("segue_link_delivered_bytes_total{", 0) == 0)
      last[line.substr(0, end)] = std::stod(line.substr(end + 2));
  }
  double sum = 0;
  for (const auto& [series, bytes] : last) sum += bytes;
  return sum;
}

const std::vector<std::string> mechanisms{"prompt-scheduled", "prompt-unscheduled", "mobile-ipv6-eap-aka",
                                          "prompt-scheduled-buffered", "prompt-scheduled-delivered"};

std::vector<std::string> words(const std::string& family) {
  std::vector<std::string> words{"--probe", "voip", "--handovers", "8", "--family", family};
  for (const auto& name : mechanisms) words.insert(words.end(), {"--mechanism", name});
  return words;
}

}  // namespace

TEST_CASE("a call over IPv4 meets what one over IPv6 meets, packet by packet, and 20 bytes less are carried of each") {
  const Scratch scratch;
  const auto lab = lab_with_ipv4(scratch.path());
  run_virtual(lab, scratch.path() / "4", words("4"));
  run_virtual(lab, scratch.path() / "6", words("6"));
  run_virtual(lab_folder("prompt"), scratch.path() / "alone", words("6"));
  const Results ipv4 = results_in(scratch.path() / "4");
  const Results ipv6 = results_in(scratch.path() / "6");
  const Results alone = results_in(scratch.path() / "alone");
  for (const auto& name : mechanisms) {
    const std::string packets = name + ".voip.csv";
    CAPTURE(name);
    CHECK(ipv4.at(packets) == ipv6.at(packets));
    CHECK(alone.at(packets) == ipv6.at(packets));
  }
  const json summary = json::parse(ipv4.at("summary.json"));
  double sent = 0;
  REQUIRE(summary.at("runs").size() == mechanisms.size());
  for (const json& run : summary.at("runs")) {
    CHECK(run.at("family") == 4);
    for (const char* way : {"uplink", "downlink"}) {
      sent += run.at("call").at(way).at("sent").get<double>();
      for (const json& card : run.at("handovers")) {
        CHECK(card.at("outcome") == "complete");
        CHECK(std::abs(card.at(way).at("lost").get<double>() - card.at(way).at("expected_lost").get<double>()) < 1);
      }
    }
  }
  CHECK(bytes_in(ipv6.at("metrics.om")) - bytes_in(ipv4.at("metrics.om")) > 20 * sent);
}

TEST_CASE("iperf goes by either, and what is buffered is not lost of 5 Mbit/s by a connected socket") {
  const Scratch scratch;
  const auto lab = lab_with_ipv4(scratch.path());
  run_virtual(lab, scratch.path() / "out",
              {"--probe", "iperf-udp", "--probe", "iperf-tcp", "--handovers", "2", "--family", "4", "--mechanism",
               "prompt-scheduled-buffered"});
  const json summary = json::parse(results_in(scratch.path() / "out").at("summary.json"));
  REQUIRE(summary.at("runs").size() == 2);
  std::int64_t arrived = 0;
  for (const json& run : summary.at("runs")) {
    for (const json& bin : run.at("throughput")) {
      arrived += bin.at("bits_per_second").get<std::int64_t>() > 0 ? 1 : 0;
      if (run.at("probe") == "iperf-udp") CHECK(bin.at("lost") == 0);
    }
  }
  CHECK(arrived > 40);
}

TEST_CASE("without IPv4 in the lab a probe over it is refused before anything runs") {
  const Outcome outcome = run_segue({"run", lab_folder("prompt"), "--clock", "virtual", "--family", "4"});
  CHECK(outcome.exit_code == 2);
  CHECK(
      outcome.err.find("prompt: a probe over IPv4, and node mn has no IPv4 address; addressing.ipv4 would give one") !=
      std::string::npos);
}
