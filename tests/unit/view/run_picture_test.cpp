#include "orchestrator/view/run_picture.hpp"

#include <doctest/doctest.h>

#include <filesystem>

using namespace segue;
using view::Run;
using view::RunPicture;

namespace {

record::Scorecard card_of(std::uint32_t index, const char* from, const char* to) {
  record::Scorecard card{.index = index, .mobile = "mn", .from = from, .to = to, .outcome = record::Outcome::complete};
  card.completion_ns = 48'000'000;
  card.uplink.lost = 2;
  card.downlink.lost = 1;
  return card;
}

struct Runs {
  config::Topology topology = config::load_topology(std::filesystem::path(SEGUE_SOURCE_DIR) / "topologies/prompt");
  std::vector<experiment::RunSpec> specs{{.mechanism = "m", .probe = experiment::Probe::voip, .handovers = 2},
                                         {.mechanism = "m", .probe = experiment::Probe::iperf_tcp, .handovers = 2}};
  Instant began = now();
  RunPicture picture{topology, specs, began};
};

}  // namespace

TEST_CASE("the picture of runs begins with the lab, and nothing attached") {
  const Runs runs;
  const auto picture = runs.picture.at(runs.began + std::chrono::seconds(3));
  CHECK(picture.name == "prompt");
  CHECK(picture.nodes.size() == runs.topology.nodes.size());
  CHECK(picture.nodes.front().role == "mobile");
  REQUIRE(picture.cables.size() == runs.topology.links.size());
  CHECK(picture.cables.front().a == "mn");
  CHECK(picture.cables.front().delay == "100us");
  CHECK(picture.attached.empty());
  CHECK(picture.elapsed_ns == 3'000'000'000);
  REQUIRE(picture.runs.size() == 2);
  CHECK(picture.runs[0].state == Run::State::waiting);
  CHECK(picture.runs[1].probe == "iperf-tcp");
  CHECK(picture.runs[1].handovers == 2);
}

TEST_CASE("a handover moves the mobile, and counts") {
  Runs runs;
  runs.picture.started(0);
  runs.picture.handover(0, card_of(0, "ar1", "ar2"), runs.began + std::chrono::seconds(1));
  runs.picture.handover(0, card_of(1, "ar2", "ar1"), runs.began + std::chrono::seconds(2));
  const auto picture = runs.picture.at(runs.began + std::chrono::seconds(3));
  CHECK(picture.attached.at("mn") == "ar1");
  CHECK(picture.runs[0].state == Run::State::under_way);
  CHECK(picture.runs[0].done == 2);
  CHECK(picture.runs[0].lost_up == 4);
  CHECK(picture.runs[0].lost_down == 2);
  CHECK(picture.runs[0].completion_ns == 48'000'000);
  REQUIRE(picture.handovers.size() == 2);
  CHECK(picture.handovers[1].number == 2);
  CHECK(picture.handovers[1].mechanism == "m, voip");
  CHECK(picture.handovers[0].ago_ns == 2'000'000'000);
}

TEST_CASE("a tainted handover moves the mobile, is listed as such, and is not one of those asked for") {
  Runs runs;
  auto card = card_of(0, "ar1", "ar2");
  card.verdict = record::Verdict::tainted;
  runs.picture.handover(0, card, runs.began);
  const auto picture = runs.picture.at(runs.began);
  CHECK(picture.attached.at("mn") == "ar2");
  CHECK(picture.runs[0].done == 0);
  CHECK(picture.runs[0].lost_up == 0);
  REQUIRE(picture.handovers.size() == 1);
  CHECK(picture.handovers[0].verdict == record::Verdict::tainted);
}

TEST_CASE("a handover that fails leaves the mobile where it was") {
  Runs runs;
  auto card = card_of(0, "ar1", "ar2");
  card.outcome = record::Outcome::failed;
  runs.picture.handover(0, card, runs.began);
  const auto picture = runs.picture.at(runs.began);
  CHECK(picture.runs[0].at == "ar1");
  CHECK(picture.attached.at("mn") == "ar1");
  CHECK(picture.runs[0].completion_ns == 0);
}

TEST_CASE("a run that never said that it starts is under way from its first handover") {
  Runs runs;
  runs.picture.handover(1, card_of(0, "ar1", "ar2"), runs.began);
  const auto picture = runs.picture.at(runs.began);
  CHECK(picture.runs[1].state == Run::State::under_way);
  CHECK_FALSE(picture.handovers[0].measured);
}

TEST_CASE("throughput is remembered run by run, and the end says the verdict") {
  Runs runs;
  record::Sample sample;
  sample.throughput = {{.probe = "iperf-tcp", .bits_per_second = 7'000'000}};
  for (int i = 0; i < 200; ++i) runs.picture.sample(1, sample);
  experiment::RunOutcome outcome;
  outcome.result.verdict = record::Verdict::clean;
  outcome.result.engine = "netem";
  runs.picture.ended(1, outcome);
  runs.picture.ended(0, {.error = "interrupted", .exit_code = 1});
  const auto picture = runs.picture.at(runs.began);
  CHECK(picture.runs[1].bits_per_second.size() == 100);
  CHECK(picture.runs[1].bits_per_second.back() == 7e6);
  CHECK(picture.runs[1].state == Run::State::ended);
  CHECK(picture.runs[1].verdict == record::Verdict::clean);
  CHECK(picture.runs[0].state == Run::State::failed);
  CHECK(picture.links == "netem");
}

TEST_CASE("only the last handovers are kept, each with its own age") {
  Runs runs;
  for (unsigned i = 0; i < 100; ++i) {
    runs.picture.handover(0, card_of(i, "ar1", "ar2"), runs.began + std::chrono::seconds(i));
  }
  const auto picture = runs.picture.at(runs.began + std::chrono::seconds(100));
  REQUIRE(picture.handovers.size() == 40);
  CHECK(picture.handovers.front().number == 61);
  CHECK(picture.handovers.front().ago_ns == 40'000'000'000);
}
