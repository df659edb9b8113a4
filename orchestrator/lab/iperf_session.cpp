#include <fmt/format.h>

#include "nodes/base/error.hpp"
#include "orchestrator/lab/probe_session.hpp"

namespace segue::lab {

namespace {

constexpr std::uint16_t port = 5001;
constexpr std::uint32_t tcp_window = 32 * 1024;  // bytes: the default of the paper's hosts
constexpr std::uint64_t udp_rate = 5'000'000;    // bit/s
constexpr Delay bin{500'000'000};

// iperf 2 from the mobile to the correspondent, counted where it arrives.
class IperfSession : public ProbeSession {
 public:
  IperfSession(Lab& lab, const ProbeEnds& ends, bool udp, Delay duration) : lab_(lab), ends_(ends) {
    const auto& nodes = lab.topology().nodes;
    protocol::StartIperf request{.server = true,
                                 .udp = udp,
                                 .local = nodes[ends.correspondent].address,
                                 .remote = nodes[ends.mobile].address,
                                 .port = port,
                                 .window = tcp_window,
                                 .rate = udp_rate,
                                 .interval_ns = bin.count(),
                                 .duration_ns = duration.count()};
    lab.crew().ask(ends.correspondent, request);
    std::swap(request.local, request.remote);
    request.server = false;
    lab.crew().ask(ends.mobile, request);
    origin_ = now();
    one_way_ = lab.geography().paths.delay(ends.mobile, ends.correspondent);
  }

  Instant origin() const override { return origin_; }
  Delay settling_time() const override { return iperf_settling_time(one_way_); }
  void after_handover(const Account&, Scorecard&) override {}
  void sample(Sample& sample) override {
    const auto receiver = collect(ends_.correspondent, false);
    if (!receiver.bins.empty()) sample.throughput_bits_per_second = receiver.bins.back().bits_per_second;
  }
  void stop() override {}

  void finish(RunResult& result) override {
    const auto sender = collect(ends_.mobile, true);
    const auto receiver = collect(ends_.correspondent, true);
    if (receiver.bins.empty()) {
      throw Error(fmt::format("iperf: nothing arrived at {}: {}{}", lab_.topology().nodes[ends_.correspondent].name,
                              sender.failure, receiver.failure));
    }
    const std::int64_t shift = receiver.started_ns - to_ns(origin_);
    for (const auto& one : receiver.bins) {
      result.throughput.push_back({one.t_ns + shift, one.length_ns, one.bits_per_second, one.lost, one.total});
    }
  }

 private:
  protocol::IperfRecords collect(std::size_t node, bool stop) {
    return lab_.crew().ask_for<protocol::IperfRecords>(node, protocol::CollectIperf{stop});
  }

  Lab& lab_;
  ProbeEnds ends_;
  Instant origin_{};
  Delay one_way_{0};
};

}  // namespace

// The last bin is printed when it is over, and TCP may have to repeat what was lost last.
Delay iperf_settling_time(Delay one_way) { return 2 * one_way + 2 * bin; }

std::unique_ptr<ProbeSession> start_iperf(Lab& lab, const ProbeEnds& ends, bool udp, Delay duration) {
  return std::make_unique<IperfSession>(lab, ends, udp, duration);
}

}  // namespace segue::lab
