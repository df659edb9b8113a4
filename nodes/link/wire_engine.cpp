#include "nodes/link/wire_engine.hpp"

namespace segue::link {

std::vector<std::string> WireEngine::remarks() {
  const WireStatus status = client_.status();
  std::vector<std::string> remarks;
  if (!status.realtime) remarks.emplace_back("segue-wire runs without real-time priority (it needs CAP_SYS_NICE)");
  if (!status.memory_locked) remarks.emplace_back("segue-wire's memory is not locked (it needs CAP_IPC_LOCK)");
  return remarks;
}

std::unique_ptr<Engine> make_wire_engine(Fd control, WireEnds ends) {
  return ends == WireEnds::taps ? make_tap_engine(std::move(control)) : make_packet_engine(std::move(control));
}

}  // namespace segue::link
