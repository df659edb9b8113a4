#include "orchestrator/experiment/flow.hpp"

namespace segue::experiment {

namespace {

constexpr std::uint16_t port = 61201;            // as the call's; a user's own iperf has 5001
constexpr std::uint32_t tcp_window = 32 * 1024;  // bytes: the default of the paper's hosts
constexpr std::uint64_t udp_rate = 5'000'000;    // bit/s

}  // namespace

// The last bin is printed when it is over, and TCP may have to repeat what was lost last.
Delay iperf_settling_time(Delay one_way) { return 2 * one_way + 2 * iperf_bin; }

Flow::Flow(lab::Lab& lab, const ProbeEnds& ends, bool udp, Delay duration) : lab_(lab), ends_(ends), udp_(udp) {
  protocol::StartIperf request{.server = true,
                               .udp = udp,
                               .local = probed_address(lab.topology(), ends.correspondent, ends.family),
                               .remote = probed_address(lab.topology(), ends.mobile, ends.family),
                               .port = port,
                               .window = tcp_window,
                               .rate = udp_rate,
                               .interval_ns = iperf_bin.count(),
                               .duration_ns = duration.count()};
  lab.crew().ask(ends.correspondent, request);
  std::swap(request.local, request.remote);
  request.server = false;
  lab.crew().ask(ends.mobile, request);
  origin_ = now();
}

std::vector<record::ThroughputBin> Flow::collect() {
  const protocol::CollectIperf request{.udp = udp_};
  const auto sender = lab_.crew().ask_for<protocol::IperfRecords>(ends_.mobile, request);
  const auto receiver = lab_.crew().ask_for<protocol::IperfRecords>(ends_.correspondent, request);
  ended_ = !sender.running || !receiver.running;
  return take(receiver);
}

void Flow::stop_sending() {
  lab_.crew().ask_for<protocol::IperfRecords>(ends_.mobile, protocol::CollectIperf{.udp = udp_, .stop = true});
}

std::vector<record::ThroughputBin> Flow::stop(std::string& failure) {
  const protocol::CollectIperf request{.udp = udp_, .stop = true};
  const auto sender = lab_.crew().ask_for<protocol::IperfRecords>(ends_.mobile, request);
  const auto receiver = lab_.crew().ask_for<protocol::IperfRecords>(ends_.correspondent, request);
  failure = sender.failure + receiver.failure;
  ended_ = true;
  return take(receiver);
}

std::vector<record::ThroughputBin> Flow::take(const protocol::IperfRecords& records) {
  if (records.started_ns != 0) server_start_ns_ = records.started_ns - to_ns(origin_);
  std::vector<record::ThroughputBin> bins;
  for (const auto& one : records.bins) {
    bins.push_back({one.t_ns, one.length_ns, one.bits_per_second, one.lost, one.total});
  }
  return bins;
}

}  // namespace segue::experiment
