// What both kinds of ends have in common: segue-wire holds the packets. Internal to this folder.
#pragma once

#include <utility>

#include "nodes/link/engine.hpp"
#include "nodes/link/wire_client.hpp"

namespace segue::link {

class WireEngine : public Engine {
 public:
  // Until settle() nobody measures, and what bringing a lab up needs is its cores.
  explicit WireEngine(Fd control) : client_(std::move(control)), spin_(client_.status().spin) {
    client_.set_spin(Delay{0});
  }

  void disconnect(LinkId link) override { client_.remove_link(number(link)); }
  void change(LinkId link, Direction direction, const Impairments& impairments) override {
    client_.change(number(link), direction, impairments);
  }
  void settle() override {
    client_.set_spin(spin_);
    client_.settle();
  }
  Impairments read_back(LinkId link, Direction direction) override {
    return client_.read_back(number(link), direction);
  }
  LinkCounters counters(LinkId link, Direction direction) override { return client_.counters(number(link), direction); }
  Histogram lateness() override { return client_.lateness(); }
  void reset_lateness() override { client_.reset_lateness(); }
  void attend(bool on) override { client_.attend(on); }
  std::optional<LateEvents> late() override { return client_.late().events(); }
  std::vector<LossEvent> losses() override { return client_.losses(); }
  std::vector<std::string> remarks() override;

 protected:
  static std::uint32_t number(LinkId link) { return static_cast<std::uint32_t>(link); }

  WireClient client_;
  Delay spin_;
  std::uint32_t next_ = 1;
};

std::unique_ptr<Engine> make_tap_engine(Fd control);
std::unique_ptr<Engine> make_packet_engine(Fd control);

}  // namespace segue::link
