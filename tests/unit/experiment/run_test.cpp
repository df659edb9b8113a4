#include "orchestrator/experiment/run.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <vector>

#include "nodes/base/error.hpp"
#include "orchestrator/experiment/worker_protocol.hpp"
#include "tests/unit/mobility/prompt_lab.hpp"

using namespace segue;
using namespace segue::experiment;
using namespace std::chrono_literals;

TEST_CASE("handovers begin half an interval in, an interval apart, and under a packet interval late") {
  const auto times = schedule(8, 5s, 20ms, 1);
  REQUIRE(times.size() == 8);
  for (std::size_t i = 0; i < times.size(); ++i) {
    const Delay phase = times[i] - static_cast<int>(i) * 5s - 2500ms;
    CHECK(phase >= 0ns);
    CHECK(phase < 20ms);
  }
}

TEST_CASE("their phases are one draw from each equal part of the packet interval") {
  for (const std::uint64_t seed : {1, 2, 3, 20}) {
    std::set<std::int64_t> parts;
    const auto times = schedule(10, 1s, 20ms, seed);
    for (std::size_t i = 0; i < times.size(); ++i) {
      parts.insert((times[i] - static_cast<int>(i) * 1s - 500ms) / 2ms);
    }
    CHECK(parts.size() == 10);
  }
}

TEST_CASE("a seed fixes them, and another gives others") {
  CHECK(schedule(8, 5s, 20ms, 1) == schedule(8, 5s, 20ms, 1));
  CHECK(schedule(8, 5s, 20ms, 1) != schedule(8, 5s, 20ms, 2));
  CHECK(schedule(0, 5s, 20ms, 1).empty());
}

TEST_CASE("the mean loss of an outage at these phases is its length, to well under a packet") {
  // 48 ms at packets every 20 ms: two or three are lost, by the phase; 2.4 on average.
  constexpr unsigned handovers = 8;
  double lost = 0;
  for (const Delay begin : schedule(handovers, 5s, 20ms, 7)) {
    const Delay end = begin + 48ms;
    lost += static_cast<double>((end - 1ns) / 20ms - (begin - 1ns) / 20ms);
  }
  CHECK(lost / handovers == doctest::Approx(2.4).epsilon(0.11));
}

TEST_CASE("an interval has to hold a handover and the packets it concerns") {
  const PromptLab lab;
  const auto scheduled = lab.mechanism("prompt-scheduled");
  const Delay least = shortest_interval(lab.geography(), scheduled, Probe::voip);
  CHECK(least > 48ms + 2 * 110100us);
  // The old router drops its state a message after the handover is complete, and Mobile IPv6 has no such step.
  CHECK(least < 600ms);
  CHECK(shortest_interval(lab.geography(), lab.mechanism("mobile-ipv6-eap-aka"), Probe::voip) ==
        least + 922800us - 10925us);
  CHECK(shortest_interval(lab.geography(), scheduled, Probe::iperf_tcp) > least);
  const auto campus = config::load_topology(PromptLab::folder().parent_path() / "campus");
  const mobility::Ways ways(campus);
  CHECK_THROWS_AS(shortest_interval({campus, ways}, scheduled, Probe::voip), InputError);
}

TEST_CASE("a probe over IPv4 needs a lab with IPv4") {
  const PromptLab without;
  CHECK_THROWS_WITH_AS(
      shortest_interval(without.geography(), without.mechanism("prompt-scheduled"), Probe::voip, Family::ipv4),
      "prompt: a probe over IPv4, and node mn has no IPv4 address; addressing.ipv4 would give one", InputError);
  const PromptLab with(config::Overrides{{"addressing.ipv4", "10.0.0.0/8"}});
  const auto scheduled = with.mechanism("prompt-scheduled");
  CHECK(shortest_interval(with.geography(), scheduled, Probe::voip, Family::ipv4) ==
        shortest_interval(with.geography(), scheduled, Probe::voip, Family::ipv6));
  CHECK(voip_flow_over(Family::ipv6).bytes == 14 + 40 + 8 + 160);
  CHECK(voip_flow_over(Family::ipv4).bytes == 14 + 20 + 8 + 160);
}

TEST_CASE("probes by their names") {
  for (const Probe probe : {Probe::voip, Probe::iperf_tcp, Probe::iperf_udp})
    CHECK(parse_probe(to_text(probe)) == probe);
  CHECK_THROWS_WITH_AS(parse_probe("drum"), "--probe \"drum\": voip, iperf-tcp or iperf-udp", InputError);
  CHECK(parse_family("4") == Family::ipv4);
  CHECK(parse_family("6") == Family::ipv6);
  CHECK_THROWS_WITH_AS(parse_family("5"), "--family \"5\": 4 or 6", InputError);
}

TEST_CASE("what a worker is told is what it reads") {
  const RunSpec spec{.lab = "/labs/prompt",
                     .mechanism = "prompt-scheduled",
                     .probe = Probe::iperf_udp,
                     .family = Family::ipv4,
                     .handovers = 3,
                     .interval = 1500ms,
                     .links = lab::LinkChoice::wire,
                     .seed = 0xffff'ffff'ffff'ffffULL,
                     .computed_time = true,
                     .stagger = 7ms,
                     .overrides = {{"links.map-ar1.delay", "20ms"}},
                     .mechanism_overrides = {{"delay", "1ms"}}};
  const RunSpec read = spec_from_json(to_json(spec));
  CHECK(read.lab == spec.lab);
  CHECK(read.mechanism == spec.mechanism);
  CHECK(read.probe == spec.probe);
  CHECK(read.family == spec.family);
  CHECK(read.handovers == spec.handovers);
  CHECK(read.interval == spec.interval);
  CHECK(read.links == spec.links);
  CHECK(read.seed == spec.seed);
  CHECK(read.computed_time == spec.computed_time);
  CHECK(read.stagger == spec.stagger);
  CHECK(read.overrides == spec.overrides);
  CHECK(read.mechanism_overrides == spec.mechanism_overrides);
}

TEST_CASE("what is no order for a worker is refused") {
  for (const char* text :
       {"", "{}", "[]", "{\"lab\": 1}", "{\"lab\": \"x\", \"mechanism\": \"y\", \"probe\": \"drum\"}"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(spec_from_json(text), Error);
  }
}
