// What Prometheus sees of a lab while it runs.
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "nodes/base/error.hpp"
#include "nodes/base/fd.hpp"
#include "tests/system/http.hpp"
#include "tests/system/lab_up.hpp"
#include "tests/system/program.hpp"
#include "tests/unit/config/scratch.hpp"

using namespace segue;
using namespace segue::test;

namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// A port of 127.0.0.1 that somebody else has as long as this lives.
class TakenPort {
 public:
  TakenPort() : socket_(check(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "open a socket")) {
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    check(::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), size), "bind a port");
    check(::listen(socket_.get(), 1), "listen on a port");
    check(::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size), "ask for the port");
    port_ = ntohs(address.sin_port);
  }
  std::uint16_t port() const { return port_; }

 private:
  Fd socket_;
  std::uint16_t port_ = 0;
};

std::uint16_t port_in(const std::string& text) {
  const std::string before = "http://127.0.0.1:";
  const auto at = text.find(before);
  REQUIRE(at != std::string::npos);
  return static_cast<std::uint16_t>(std::atoi(text.c_str() + at + before.size()));
}

std::string scrape(std::uint16_t port) {
  return http_get("http://127.0.0.1:" + std::to_string(port) + "/metrics").body;
}

// The value of the first series of this name with all of these labels.
std::optional<double> value_of(const std::string& text, const std::string& name,
                               const std::vector<std::string>& labels) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind(name + '{', 0) != 0) continue;
    bool all = true;
    for (const auto& label : labels) all = all && line.find(label) != std::string::npos;
    if (all) return std::atof(line.c_str() + line.rfind('}') + 1);
  }
  return std::nullopt;
}

}  // namespace

TEST_CASE("while a run goes on, its handovers, packets, lateness and netlink requests can be scraped") {
  const Scratch scratch;
  const TakenPort taken;
  Process program(segue_with({"run", lab_folder("prompt"), "--mechanism", "prompt-scheduled", "--probe", "voip",
                              "--handovers", "8", "--interval", "1s", "--metrics",
                              "127.0.0.1:" + std::to_string(taken.port()), "--out", scratch.path() / "out"}));
  const auto port = port_in(program.await_line(Process::Stream::err, "metrics at "));
  CHECK(port != taken.port());
  const std::string mechanism = "mechanism=\"prompt-scheduled\"";
  // Of handovers that the machine disturbed nothing is told but their number, and the run makes them again. A scrape
  // may come in the middle of what is told of one.
  std::string text;
  const auto three_clean = [&] {
    text = scrape(port);
    const auto three = [&](const char* name, const char* label) {
      return value_of(text, name, {mechanism, label}).value_or(0) >= 3;
    };
    return three("segue_handover_completion_seconds_count", "") &&
           three("segue_handovers_total", "outcome=\"complete\"") &&
           three("segue_handover_interruption_seconds_count", "direction=\"uplink\"") &&
           three("segue_handover_interruption_seconds_count", "direction=\"downlink\"");
  };
  CHECK(eventually(three_clean, std::chrono::seconds(40)));
  CAPTURE(text);
  const auto value = [&](const char* name, const std::vector<std::string>& labels) {
    const auto found = value_of(text, name, labels);
    CAPTURE(name);
    REQUIRE(found);
    return *found;
  };
  CHECK(value("segue_handovers_total", {mechanism, "outcome=\"complete\"", "lab=\"prompt\""}) >= 3);
  const double completion = value("segue_handover_completion_seconds_sum", {mechanism}) /
                            value("segue_handover_completion_seconds_count", {mechanism});
  CHECK(completion >= 0.048);
  CHECK(completion < 0.1);
  for (const std::string direction : {"direction=\"uplink\"", "direction=\"downlink\""}) {
    CAPTURE(direction);
    CHECK(value("segue_probe_packets_sent_total", {mechanism, direction}) > 50);
    CHECK(value("segue_probe_packets_lost_total", {mechanism, direction}) >= 2);
    CHECK(value("segue_handover_interruption_seconds_count", {mechanism, direction}) >= 3);
    CHECK(value("segue_handover_interruption_seconds_sum", {mechanism, direction}) > 0.1);
  }
  CHECK(value("segue_link_lateness_seconds", {"statistic=\"p99\""}) < 1);
  CHECK(value("segue_netlink_requests_total", {"node=\"map\""}) > 0);
  CHECK(value("segue_netlink_errors_total", {"node=\"map\""}) == 0);
  CHECK(value("segue_netlink_request_duration_seconds_count", {"lab=\"prompt\""}) > 0);
  CHECK(value("segue_agents_up", {"lab=\"prompt\""}) == 7);
  CHECK(program.wait().exit_code == 0);
}

TEST_CASE("a lab that stays up serves its metrics where it says, and a handover shows in them") {
  const LabUp lab(lab_folder("prompt"));
  const auto port = port_in(lab.said());
  CHECK_FALSE(value_of(scrape(port), "segue_handovers_total", {"outcome=\"complete\""}).value_or(0) > 0);
  CHECK(lab.ask({"handover"}).exit_code == 0);
  const std::string text = scrape(port);
  CHECK(value_of(text, "segue_handovers_total", {"outcome=\"complete\"", "lab=\"" + lab.name() + '"'}) == 1.0);
  CHECK(value_of(text, "segue_probe_packets_sent_total", {"direction=\"uplink\""}).value_or(0) > 0);
}
