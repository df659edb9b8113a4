#include <fmt/format.h>

#include "nodes/base/error.hpp"
#include "orchestrator/experiment/flow.hpp"
#include "orchestrator/experiment/probe_session.hpp"

namespace segue::experiment {

namespace {

class IperfSession : public ProbeSession {
 public:
  IperfSession(lab::Lab& lab, const ProbeEnds& ends, bool udp, Delay duration)
      : name_(lab.topology().nodes[ends.correspondent].name),
        udp_(udp),
        flow_(lab, ends, udp, duration),
        end_(flow_.origin() + duration) {}

  Instant origin() const override { return flow_.origin(); }
  Delay settling_time() const override { return flow_.settling_time(); }
  void after_handover(const Account&, record::Scorecard&) override {}
  void disregard(Instant, Instant) override {}

  void sample(record::Sample& sample) override {
    keep(flow_.collect());
    if (bins_.empty()) return;
    sample.throughput.push_back(
        {std::string(to_text(udp_ ? Probe::iperf_udp : Probe::iperf_tcp)), bins_.back().bits_per_second, bytes_});
  }

  // A flow that reached its end has ended by itself.
  void stop() override {
    if (now() >= end_) return;
    end_ = now();
    flow_.stop_sending();
  }

  void finish(record::RunResult& result) override {
    std::string failure;
    keep(flow_.stop(failure));
    if (bins_.empty()) throw Error(fmt::format("iperf: nothing arrived at {}: {}", name_, failure));
    for (auto& bin : bins_) bin.t_ns += flow_.server_start_ns();
    // A server that hears nothing more goes on counting nothing.
    const std::int64_t sent_until = (end_ - flow_.origin()).count();
    std::erase_if(bins_, [&](const auto& bin) { return bin.t_ns >= sent_until; });
    result.throughput = std::move(bins_);
  }

 private:
  void keep(const std::vector<record::ThroughputBin>& more) {
    bins_.insert(bins_.end(), more.begin(), more.end());
    for (const auto& bin : more) bytes_ += record::bytes_in(bin);
  }

  std::string name_;
  bool udp_;
  Flow flow_;
  Instant end_;  // of what is sent
  std::vector<record::ThroughputBin> bins_;
  std::uint64_t bytes_ = 0;
};

}  // namespace

std::unique_ptr<ProbeSession> start_iperf(lab::Lab& lab, const ProbeEnds& ends, bool udp, Delay duration) {
  return std::make_unique<IperfSession>(lab, ends, udp, duration);
}

}  // namespace segue::experiment
