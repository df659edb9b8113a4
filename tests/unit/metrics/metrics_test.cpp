#include "orchestrator/metrics/metrics.hpp"

#include <arpa/inet.h>
#include <dirent.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>
#include <string>

#include "nodes/base/error.hpp"
#include "nodes/base/fd.hpp"

using namespace segue;
using namespace segue::metrics;
using namespace std::chrono_literals;

namespace {

// One HTTP/1.0 request to "127.0.0.1:<port>"; the whole answer, or nothing if nobody listens.
std::string get(const std::string& address, const std::string& path) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
  const Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::connect(socket.get(), reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) return {};
  const std::string request = "GET " + path + " HTTP/1.0\r\n\r\n";
  check(::send(socket.get(), request.data(), request.size(), 0), "send a request");
  std::string answer;
  char buffer[4096];
  for (ssize_t got; (got = check(::recv(socket.get(), buffer, sizeof buffer, 0), "read an answer")) > 0;) {
    answer.append(buffer, static_cast<std::size_t>(got));
  }
  return answer;
}

// The value of the series with that name and, in any order, exactly those labels beside lab="test"; NaN if not there.
double value_of(const std::string& exposition, const std::string& name, std::set<std::string> labels) {
  labels.insert("lab=\"test\"");
  std::istringstream lines(exposition);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(name + "{")) continue;
    const auto close = line.find('}');
    std::istringstream inside(line.substr(name.size() + 1, close - name.size() - 1));
    std::set<std::string> found;
    for (std::string label; std::getline(inside, label, ',');) found.insert(label);
    if (found == labels) return std::stod(line.substr(close + 1));
  }
  return std::nan("");
}

std::set<std::string> threads() {
  std::set<std::string> found;
  DIR* directory = ::opendir("/proc/self/task");
  REQUIRE(directory != nullptr);
  while (const dirent* entry = ::readdir(directory)) {
    if (entry->d_name[0] != '.') found.insert(entry->d_name);
  }
  ::closedir(directory);
  return found;
}

std::string blocked_signals(const std::string& thread) {
  std::ifstream status("/proc/self/task/" + thread + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("SigBlk:")) return line.substr(8);
  }
  return {};
}

const std::set<std::string> subject = {"mechanism=\"fast\"", "mobile=\"mn\""};

std::set<std::string> subject_and(const std::string& label) {
  std::set<std::string> labels = subject;
  labels.insert(label);
  return labels;
}

}  // namespace

TEST_CASE("a handover is counted by outcome and its time falls into its bucket") {
  Metrics metrics("127.0.0.1:0", "test", "1.2.3");
  record::Scorecard handover{.verdict = record::Verdict::clean,
                             .mobile = "mn",
                             .outcome = record::Outcome::complete,
                             .completion_ns = 48'500'000,
                             .expected_completion_ns = 48'000'000,
                             .route_switch_ns = 30'000};
  handover.steps = {{.name = "attach", .transmissions = 2}, {.name = "prepare", .transmissions = 1}};
  handover.anomalies = {"a late message"};
  handover.uplink = {.sent = 10, .lost = 3, .interruption_ns = 60'000'000};
  handover.downlink = {
      .sent = 10, .lost = 4, .duplicated = 1, .reordered = 2, .late = 5, .interruption_ns = 80'000'000};
  handover.uplink.missed = {{"map", record::Cause::blackhole, 2}, {"mn", record::Cause::radio_off, 1}};
  metrics.handover("fast", handover, true, 1.7e9);
  metrics.handover("fast", handover, true, 1.7e9);
  record::Scorecard tainted = handover;  // counted, and in no mean
  tainted.verdict = record::Verdict::tainted;
  tainted.completion_ns = 9'000'000'000;
  tainted.steps.clear();
  tainted.anomalies.clear();
  metrics.handover("fast", tainted, true, 1.7e9);
  record::Scorecard failed{.verdict = record::Verdict::clean, .mobile = "mn", .failed_step = "prepare"};
  failed.completion_ns = 1'000'000'000;
  failed.steps = {{.name = "prepare", .transmissions = 3}};
  metrics.handover("fast", failed, false, 0);

  const std::string text = get(metrics.address(), "/metrics");
  CHECK(text.starts_with("HTTP/1.1 200 OK"));
  CHECK(text.find("Content-Type: text/plain") != std::string::npos);
  CHECK(value_of(text, "segue_build_info", {"version=\"1.2.3\""}) == 1);
  CHECK(value_of(text, "segue_handovers_total", subject_and("outcome=\"complete\"")) == 3);
  CHECK(value_of(text, "segue_handovers_total", subject_and("outcome=\"failed\"")) == 1);
  CHECK(value_of(text, "segue_handovers_judged_total", subject_and("verdict=\"clean\"")) == 3);
  CHECK(value_of(text, "segue_handovers_judged_total", subject_and("verdict=\"tainted\"")) == 1);
  CHECK(value_of(text, "segue_handovers_judged_total", subject_and("verdict=\"not known\"")) == 0);
  CHECK(value_of(text, "segue_handover_completion_seconds_count", subject) == 2);
  CHECK(value_of(text, "segue_handover_completion_seconds_sum", subject) == doctest::Approx(0.097));
  CHECK(value_of(text, "segue_handover_completion_seconds_bucket", subject_and("le=\"0.04\"")) == 0);
  CHECK(value_of(text, "segue_handover_completion_seconds_bucket", subject_and("le=\"0.05\"")) == 2);
  CHECK(value_of(text, "segue_handover_route_switch_seconds_sum", subject) == doctest::Approx(60e-6));
  CHECK(value_of(text, "segue_handover_packets_lost_total", subject_and("direction=\"uplink\"")) == 6);
  CHECK(value_of(text, "segue_handover_packets_lost_total", subject_and("direction=\"downlink\"")) == 8);
  const auto missed = [&](const char* direction, const char* cause) {
    auto labels = subject_and(std::string("direction=\"") + direction + '"');
    labels.insert(std::string("cause=\"") + cause + '"');
    return value_of(text, "segue_handover_packets_missed_total", labels);
  };
  CHECK(missed("uplink", "blackhole") == 4);
  CHECK(missed("uplink", "radio off") == 2);
  CHECK(missed("downlink", "blackhole") == 0);
  CHECK(value_of(text, "segue_handover_packets_late_total", subject_and("direction=\"downlink\"")) == 10);
  CHECK(value_of(text, "segue_handover_interruption_seconds_sum", subject_and("direction=\"downlink\"")) ==
        doctest::Approx(0.16));
  CHECK(value_of(text, "segue_handover_expected_completion_seconds", subject) == doctest::Approx(0.048));
  CHECK(value_of(text, "segue_handover_last_completion_seconds", subject) == doctest::Approx(0.0485));
  CHECK(value_of(text, "segue_handover_last_started_timestamp_seconds", subject) == doctest::Approx(1.7e9));
  CHECK(value_of(text, "segue_signalling_anomalies_total", subject) == 2);
  CHECK(value_of(text, "segue_signalling_messages_total", subject_and("step=\"attach\"")) == 4);
  CHECK(value_of(text, "segue_signalling_messages_total", subject_and("step=\"prepare\"")) == 5);
  CHECK(value_of(text, "segue_signalling_retransmissions_total", subject_and("step=\"prepare\"")) == 2);
  CHECK(value_of(text, "segue_signalling_failures_total", subject_and("step=\"prepare\"")) == 1);
  CHECK(value_of(text, "segue_signalling_failures_total", subject_and("step=\"attach\"")) == 0);
}

TEST_CASE("counters advance to the totals of a source, through its restart and past a loss that is taken back") {
  Metrics metrics("127.0.0.1:0", "test", "1");
  const Flow flow{{"fast", "mn"}, Direction::uplink};
  metrics.probe(flow, {.sent = 100, .lost = 5});
  metrics.probe(flow, {.sent = 110, .lost = 3});
  const auto uplink = subject_and("direction=\"uplink\"");
  std::string text = get(metrics.address(), "/metrics");
  CHECK(value_of(text, "segue_probe_packets_sent_total", uplink) == 110);
  CHECK(value_of(text, "segue_probe_packets_received_total", uplink) == 107);
  CHECK(value_of(text, "segue_probe_packets_lost_total", uplink) == 5);

  metrics.probe(flow, {.sent = 20, .lost = 2});
  text = get(metrics.address(), "/metrics");
  CHECK(value_of(text, "segue_probe_packets_sent_total", uplink) == 130);
  CHECK(value_of(text, "segue_probe_packets_lost_total", uplink) == 7);
}

TEST_CASE("the netlink totals of nodes become counters of each and a histogram of all") {
  Metrics metrics("127.0.0.1:0", "test", "1");
  NetlinkTotals totals{.node = "ar1",
                       .requests = 3,
                       .errors = 1,
                       .latency_bounds = {10us, 100us},
                       .latency_counts = {1, 1, 1},
                       .latency_sum = 260us};
  metrics.netlink(totals);
  totals.requests = 5;
  totals.latency_counts = {3, 1, 1};
  totals.latency_sum = 270us;
  metrics.netlink(totals);
  metrics.netlink({.node = "ar2",
                   .requests = 1,
                   .latency_bounds = {10us, 100us},
                   .latency_counts = {0, 1, 0},
                   .latency_sum = 30us});
  const std::string text = get(metrics.address(), "/metrics");
  const std::string bucket = "segue_netlink_request_duration_seconds_bucket";
  CHECK(value_of(text, "segue_netlink_requests_total", {"node=\"ar1\""}) == 5);
  CHECK(value_of(text, "segue_netlink_errors_total", {"node=\"ar1\""}) == 1);
  CHECK(value_of(text, "segue_netlink_requests_total", {"node=\"ar2\""}) == 1);
  CHECK(value_of(text, bucket, {"le=\"1e-05\""}) == 3);
  CHECK(value_of(text, bucket, {"le=\"0.0001\""}) == 5);
  CHECK(value_of(text, bucket, {"le=\"+Inf\""}) == 6);
  CHECK(value_of(text, "segue_netlink_request_duration_seconds_sum", {}) == doctest::Approx(300e-6));
}

TEST_CASE("gauges are in base units") {
  Metrics metrics("127.0.0.1:0", "test", "1");
  const Subject fast{"fast", "mn"};
  metrics.throughput(fast, {.probe = "iperf-udp", .bits_per_second = 5'000'000, .bytes = 312'500});
  metrics.emulator_lateness({.p50 = 20'000, .p99 = 90'000, .max = 1'000'000});
  metrics.timer_lateness({.p50 = 60'000, .p99 = 80'000, .max = 2'000'000});
  metrics.nodes({{"mn", "mobile", true}, {"ar1", "access-router", false}});
  metrics.attached("mn", "ar2", {"ar1", "ar2"});
  metrics.health(0.03, {.verdict = record::Verdict::tainted, .reasons = {}, .limits = {"cpu_idle"}});
  metrics.probe({fast, Direction::uplink},
                {.delay_mean_ns = 110'000'000, .jitter_ns = 200'000, .r_factor = 88, .mos = 4.3});
  metrics.link(0, {.link = "map-ar1",
                   .direction = "map>ar1",
                   .asked = {.delay_ns = 10'000'000, .loss = 0.01, .bits_per_second = 8'000'000},
                   .in_force = {.delay_ns = 9'000'000},
                   .counters = {.packets = 10, .delivered = 9, .lost = 1, .bytes = 900},
                   .queued = 3});
  const std::string text = get(metrics.address(), "/metrics");
  const auto uplink = subject_and("direction=\"uplink\"");
  CHECK(value_of(text, "segue_throughput_bytes_per_second", subject_and("probe=\"iperf-udp\"")) == 625'000);
  CHECK(value_of(text, "segue_link_lateness_seconds", {"statistic=\"p99\""}) == doctest::Approx(90e-6));
  CHECK(value_of(text, "segue_timer_lateness_seconds", {"statistic=\"max\""}) == doctest::Approx(0.002));
  CHECK(value_of(text, "segue_throughput_received_bytes_total", subject_and("probe=\"iperf-udp\"")) == 312'500);
  CHECK(value_of(text, "segue_nodes", {}) == 2);
  CHECK(value_of(text, "segue_agents_up", {}) == 1);
  CHECK(value_of(text, "segue_node_up", {"node=\"ar1\"", "role=\"access-router\""}) == 0);
  CHECK(value_of(text, "segue_mobile_attached", {"mobile=\"mn\"", "router=\"ar2\""}) == 1);
  CHECK(value_of(text, "segue_mobile_attached", {"mobile=\"mn\"", "router=\"ar1\""}) == 0);
  CHECK(value_of(text, "segue_cpu_idle_ratio", {}) == doctest::Approx(0.03));
  CHECK(value_of(text, "segue_verdict_clean", {}) == 0);
  CHECK(value_of(text, "segue_verdict_limit_exceeded", {"limit=\"cpu_idle\""}) == 1);
  CHECK(value_of(text, "segue_verdict_limit_exceeded", {"limit=\"timer_lateness\""}) == 0);
  CHECK(value_of(text, "segue_probe_delay_seconds", uplink) == doctest::Approx(0.11));
  CHECK(value_of(text, "segue_probe_jitter_seconds", uplink) == doctest::Approx(0.0002));
  CHECK(value_of(text, "segue_probe_mos", uplink) == doctest::Approx(4.3));
  const std::set<std::string> link = {"link=\"map-ar1\"", "from=\"map\""};
  CHECK(value_of(text, "segue_link_requested_delay_seconds", link) == doctest::Approx(0.01));
  CHECK(value_of(text, "segue_link_requested_loss_ratio", link) == doctest::Approx(0.01));
  CHECK(value_of(text, "segue_link_requested_rate_bytes_per_second", link) == 1e6);
  CHECK(value_of(text, "segue_link_in_force_delay_seconds", link) == doctest::Approx(0.009));
  CHECK(value_of(text, "segue_link_queued_packets", link) == 3);
  CHECK(value_of(text, "segue_link_info", {"link=\"map-ar1\"", "from=\"map\"", "to=\"ar1\""}) == 1);
  CHECK(value_of(text, "segue_link_packets_lost_total", {"link=\"map-ar1\"", "from=\"map\""}) == 1);
  CHECK(value_of(text, "segue_link_delivered_bytes_total", {"link=\"map-ar1\"", "from=\"map\""}) == 900);
}

TEST_CASE("labs of one topology side by side add up") {
  Metrics metrics("127.0.0.1:0", "test", "1");
  for (const std::uint64_t packets : {10, 20}) {
    for (const std::size_t lab : {0, 1, 2}) {
      metrics.link(lab, {.link = "map-ar1", .direction = "map>ar1", .counters = {.packets = packets}});
    }
  }
  const std::set<std::string> link = {"link=\"map-ar1\"", "from=\"map\""};
  CHECK(value_of(get(metrics.address(), "/metrics"), "segue_link_packets_total", link) == 60);
}

TEST_CASE("the exporting process tells what it uses itself") {
  Metrics metrics("127.0.0.1:0", "test", "1");
  const std::string text = get(metrics.address(), "/metrics");
  for (const char* name : {"process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds"}) {
    CAPTURE(name);
    const auto line = text.find("\n" + std::string(name) + ' ');
    REQUIRE(line != std::string::npos);
    CHECK(std::stod(text.substr(line + std::string(name).size() + 2)) > 0);
  }
}

TEST_CASE("when the port is taken another one is bound and said, and a lab that ends gives its port back") {
  auto first = std::make_unique<Metrics>("127.0.0.1:0", "first", "1");
  const std::string taken = first->address();
  CHECK(taken != "127.0.0.1:0");
  Metrics second(taken, "second", "1");
  CHECK(second.address() != taken);
  CHECK(second.address().starts_with("127.0.0.1:"));
  CHECK(get(taken, "/metrics").find("lab=\"first\"") != std::string::npos);
  CHECK(get(second.address(), "/metrics").find("lab=\"second\"") != std::string::npos);
  const Instant start = now();
  first.reset();
  CHECK(now() - start < 500ms);
  CHECK(get(taken, "/metrics").empty());
}

TEST_CASE("the server's threads take no signals and the caller's mask is left as it was") {
  sigset_t before;
  sigset_t after;
  pthread_sigmask(SIG_SETMASK, nullptr, &before);
  const auto own = threads();
  Metrics metrics("127.0.0.1:0", "test", "1");
  pthread_sigmask(SIG_SETMASK, nullptr, &after);
  CHECK(sigismember(&before, SIGINT) == sigismember(&after, SIGINT));
  int servers = 0;
  for (const std::string& thread : threads()) {
    if (own.contains(thread)) continue;
    ++servers;
    const auto mask = std::stoull(blocked_signals(thread), nullptr, 16);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGCHLD, SIGUSR1}) CHECK((mask >> (signal - 1) & 1) == 1);
  }
  CHECK(servers > 0);
}

TEST_CASE("a wish that cannot be met says why") {
  const auto with = [](const char* wish) { Metrics metrics(wish, "test", "1"); };
  CHECK_THROWS_WITH_AS(with("127.0.0.1"), "serve metrics on \"127.0.0.1\": a port is missing (127.0.0.1:9464)",
                       InputError);
  CHECK_THROWS_WITH_AS(with("127.0.0.1:70000"), "serve metrics on \"127.0.0.1:70000\": no port from 0 to 65535",
                       InputError);
  CHECK_THROWS_WITH_AS(with("nowhere:1"), "serve metrics on \"nowhere:1\": \"nowhere\" is no IP address", InputError);
  CHECK_THROWS_WITH_AS(with("::1:9464"), "serve metrics on \"::1:9464\": an IPv4 address is needed (127.0.0.1:9464)",
                       InputError);
  CHECK_THROWS_WITH_AS(with("192.0.2.1:9464"),
                       "serve metrics on \"192.0.2.1:9464\": no port of 192.0.2.1 can be bound here", InputError);
}

TEST_CASE("metrics that do not listen tell all there is in a snapshot, histograms cumulative and up to infinity") {
  Metrics quiet("lab", "1.0");
  CHECK(quiet.address().empty());
  quiet.handover("m",
                 {.verdict = record::Verdict::clean,
                  .mobile = "mn",
                  .outcome = record::Outcome::complete,
                  .completion_ns = 45'000'000},
                 false, 0);
  double bucket = -1;
  double all = -1;
  double complete = -1;
  for (const auto& family : quiet.snapshot()) {
    for (const auto& series : family.series) {
      if (series.name ==
          "segue_handover_completion_seconds_bucket{lab=\"lab\",mechanism=\"m\",mobile=\"mn\",le=\"0.05\"}")
        bucket = series.value;
      if (series.name ==
          "segue_handover_completion_seconds_bucket{lab=\"lab\",mechanism=\"m\",mobile=\"mn\",le=\"+Inf\"}")
        all = series.value;
      if (series.name == "segue_handovers_total{lab=\"lab\",mechanism=\"m\",mobile=\"mn\",outcome=\"complete\"}")
        complete = series.value;
    }
  }
  CHECK(bucket == 1);
  CHECK(all == 1);
  CHECK(complete == 1);
}
