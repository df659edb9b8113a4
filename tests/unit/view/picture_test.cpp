#include "orchestrator/view/picture.hpp"

#include <doctest/doctest.h>

#include <string>

#include "nodes/base/error.hpp"

using namespace segue;
using view::picture_from_json;

TEST_CASE("the state of a lab is read whole") {
  const auto picture = picture_from_json(R"({"ok": true,
    "lab": "prompt", "name": "mine", "links": "wire", "metrics": "127.0.0.1:9464", "prometheus": "http://127.0.0.1:1",
    "grafana": "http://127.0.0.1:2", "mechanism": "m", "every_ns": 5000000000,
    "nodes": [{"name": "mn", "role": "mobile", "up": true}, {"name": "ar1", "role": "access-router", "up": false}],
    "cables": [{"link": "mn-ar1", "a": "mn", "b": "ar1", "delay": "10 ms"}], "attached": {"mn": "ar1"},
    "handovers": [{"number": 7, "mechanism": "m", "mobile": "mn", "from": "ar1", "to": "ar2", "outcome": "failed",
      "failure": "step 2", "verdict": "not known", "completion_ns": 1, "expected_completion_ns": 2, "lost_up": 3, "lost_down": 4,
      "interruption_up_ns": 5, "interruption_down_ns": 6, "ago_ns": 7}],
    "flows": [{"direction": "uplink", "sent": 1, "lost": 2, "late": 3, "duplicated": 4, "reordered": 5, "mos": 4.1,
      "delay_mean_ns": 6, "jitter_ns": 7}],
    "throughput": [{"probe": "iperf-tcp", "bits_per_second": [1, 2.5]}],
    "verdict": "tainted", "reasons": ["too slow"], "trouble": "iperf ended"})");
  CHECK(picture.name == "mine");
  CHECK(picture.links == "wire");
  CHECK(picture.prometheus == "http://127.0.0.1:1");
  CHECK(picture.grafana == "http://127.0.0.1:2");
  CHECK(picture.every_ns == 5'000'000'000);
  REQUIRE(picture.nodes.size() == 2);
  CHECK(picture.nodes[0].up);
  CHECK_FALSE(picture.nodes[1].up);
  REQUIRE(picture.cables.size() == 1);
  CHECK(picture.cables[0].delay == "10 ms");
  CHECK(picture.attached.at("mn") == "ar1");
  REQUIRE(picture.handovers.size() == 1);
  const auto& handover = picture.handovers[0];
  CHECK(handover.number == 7);
  CHECK(handover.failure == "step 2");
  CHECK(handover.verdict == record::Verdict::not_known);
  CHECK(handover.measured);
  CHECK(handover.lost_down == 4);
  CHECK(handover.interruption_down_ns == 6);
  CHECK(handover.ago_ns == 7);
  REQUIRE(picture.flows.size() == 1);
  CHECK(picture.flows[0].totals.reordered == 5);
  CHECK(picture.flows[0].totals.mos == 4.1);
  CHECK(picture.flows[0].totals.delay_mean_ns == 6);
  REQUIRE(picture.throughput.size() == 1);
  CHECK(picture.throughput[0].bits_per_second == std::vector{1.0, 2.5});
  CHECK(picture.verdict == record::Verdict::tainted);
  CHECK(picture.reasons == std::vector<std::string>{"too slow"});
  CHECK(picture.trouble == "iperf ended");
}

TEST_CASE("what a lab does not say has its default, and a number that is none is 0") {
  const auto picture = picture_from_json(R"({"name": "prompt", "flows": [{"direction": "uplink", "mos": null}]})");
  CHECK(picture.name == "prompt");
  CHECK(picture.handovers.empty());
  CHECK(picture.runs.empty());
  CHECK(picture.flows.at(0).totals.mos == 0);
}

TEST_CASE("what is no state of a lab is refused") {
  CHECK_THROWS_WITH_AS(picture_from_json("[]"), "read the state of a lab: it is no object", Error);
  CHECK_THROWS_AS(picture_from_json("{"), Error);
  CHECK_THROWS_AS(picture_from_json(R"({"name": 5})"), Error);
  CHECK_THROWS_AS(picture_from_json(R"({"nodes": [1]})"), Error);
}
