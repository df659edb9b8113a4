// The ends of probes that this node has: of a call, of an iperf flow.
#pragma once

#include <functional>
#include <memory>

#include "nodes/base/loop.hpp"
#include "nodes/probe/iperf.hpp"
#include "nodes/probe/voip.hpp"
#include "nodes/protocol/control.hpp"

namespace segue::agent {

// Sends its own flow and receives the other's, on one socket.
class CallEnd {
 public:
  CallEnd(Loop& loop, const protocol::StartCall& request);

  // What was sent and received since the last time, up to one message full.
  protocol::CallRecords collect(bool stop_sending);

 private:
  probe::VoipFlow flow_;
  Fd socket_;
  probe::VoipReceiver receiver_;
  probe::VoipSender sender_;
  protocol::CallRecords pending_;
};

// A server or a client of iperf 2.
class FlowEnd {
 public:
  // `ready` is called when a server listens or a client runs, with what went wrong or "".
  FlowEnd(Loop& loop, const protocol::StartIperf& request, std::function<void(const std::string&)> ready);

  protocol::IperfRecords collect(bool stop);  // the bins since the last time

 private:
  std::unique_ptr<probe::IperfServer> server_;
  std::unique_ptr<probe::IperfClient> client_;
};

}  // namespace segue::agent
