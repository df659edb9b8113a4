// Pictures to look at.
#pragma once

#include <string>

#include "orchestrator/view/picture.hpp"

namespace segue::test {

// The network of the paper, with two handovers behind it.
inline view::Picture paper_network() {
  return {
      .lab = "prompt",
      .name = "prompt",
      .links = "netem",
      .metrics = "127.0.0.1:9464",
      .mechanism = "prompt-scheduled",
      .every_ns = 5'000'000'000,
      .nodes = {{"mn", "mobile"},
                {"ar1", "access-router"},
                {"ar2", "access-router"},
                {"map", "anchor"},
                {"inet", "router"},
                {"cn", "correspondent"},
                {"home", "home"}},
      .cables = {{"mn-ar1", "mn", "ar1", "0.1ms"},
                 {"mn-ar2", "mn", "ar2", "0.1ms"},
                 {"map-ar1", "map", "ar1", "10ms"},
                 {"map-ar2", "map", "ar2", "10ms"},
                 {"map-inet", "map", "inet", "50ms"},
                 {"cn-inet", "cn", "inet", "50ms"},
                 {"home-inet", "home", "inet", "50ms"}},
      .attached = {{"mn", "ar1"}},
      .handovers = {{.number = 1,
                     .mechanism = "mobile-ipv6",
                     .mobile = "mn",
                     .from = "ar1",
                     .to = "ar2",
                     .outcome = record::Outcome::complete,
                     .verdict = record::Verdict::clean,
                     .completion_ns = 1'853'400'000,
                     .expected_completion_ns = 1'850'000'000,
                     .lost_up = 90,
                     .lost_down = 91,
                     .interruption_up_ns = 1'800'000'000,
                     .interruption_down_ns = 1'810'000'000,
                     .ago_ns = 6'100'000'000},
                    {.number = 2,
                     .mechanism = "prompt-scheduled",
                     .mobile = "mn",
                     .from = "ar2",
                     .to = "ar1",
                     .outcome = record::Outcome::complete,
                     .verdict = record::Verdict::clean,
                     .completion_ns = 48'412'000,
                     .expected_completion_ns = 48'400'000,
                     .ago_ns = 1'100'000'000}},
      .flows = {{.direction = "uplink", .totals = {.sent = 500, .lost = 90, .delay_mean_ns = 160'100'000, .mos = 2.5}},
                {.direction = "downlink",
                 .totals = {.sent = 498, .lost = 91, .delay_mean_ns = 160'200'000, .mos = 4.35}}},
      .throughput = {{"iperf-tcp", {0, 1e6, 2e6, 3e6, 4e6, 8e6}}, {"iperf-udp", {1e6, 1e6, 0, 1e6}}},
      .verdict = record::Verdict::clean};
}

}  // namespace segue::test
