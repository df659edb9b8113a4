// iperf 2 as a probe: its server and client as child processes, their output read through the Loop.
//
// iperf 3 polls the clock and is an order of magnitude slower in virtual time, so it is version 2 (Debian's `iperf`).
// A child dies with this process (PR_SET_PDEATHSIG, which follows the thread that makes it: use the main thread) and
// with its object. Handlers run from the loop and may destroy it. Constructors throw MachineError if iperf 2 is
// missing, Error otherwise.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "nodes/base/ip.hpp"
#include "nodes/base/loop.hpp"
#include "nodes/base/units.hpp"
#include "nodes/probe/iperf_output.hpp"

namespace segue::probe {

enum class IperfKind : std::uint8_t { tcp, udp };

struct IperfOptions {
  IperfKind kind = IperfKind::tcp;
  Address local;
  Address remote;                    // client only
  std::uint16_t port = 5001;         // the server's
  std::uint32_t window = 32 * 1024;  // bytes the TCP receiver lets be in flight; 0: the kernel's default
  Rate rate{5'000'000};              // UDP, of payload
  Delay interval{500'000'000};       // of a bin; whole hundredths of a second
  Delay duration{10'000'000'000};    // client only
};

class IperfChild;

// One end of a flow. Its bins are of what this end sent (client) or received (server).
class IperfEnd {
 public:
  ~IperfEnd();
  IperfEnd(const IperfEnd&) = delete;
  IperfEnd& operator=(const IperfEnd&) = delete;

  const std::vector<IperfBin>& bins() const noexcept;  // since the last take_bins()
  std::vector<IperfBin> take_bins();
  // The instant of a bin's t_ns = 0, 0 before the flow has begun. iperf prints no such instant: it is the least of (a
  // line's arrival here - the time at which that line says it ends), since lines can only be late.
  std::int64_t started_ns() const noexcept;
  const std::string& failure() const noexcept;  // what it complained of, or how it ended; empty if all was well
  bool running() const noexcept;
  int pid() const noexcept;
  void stop();  // kills it; its records stay

 protected:
  IperfEnd(Loop& loop, const std::vector<std::string>& arguments, std::function<void(bool ended)> on_change);
  bool listening() const noexcept;

 private:
  std::unique_ptr<IperfChild> child_;
};

// `on_ready` is called once: when it listens, or when it has failed before that (see failure()).
class IperfServer : public IperfEnd {
 public:
  IperfServer(Loop& loop, const IperfOptions& options, std::function<void()> on_ready);
  using IperfEnd::listening;
};

// `on_end` is called once the process has ended by itself.
class IperfClient : public IperfEnd {
 public:
  IperfClient(Loop& loop, const IperfOptions& options, std::function<void()> on_end);
};

// Throws MachineError unless `iperf` is found on PATH and is version 2. Returns its path.
std::string require_iperf();

// The command lines, without the program. Throw InputError for an interval or a duration iperf does not take.
std::vector<std::string> server_arguments(const IperfOptions& options);
std::vector<std::string> client_arguments(const IperfOptions& options);

// What to ask SO_RCVBUF for (iperf -w) so that a TCP receiver offers `window` bytes. The kernel doubles what is asked
// for, to leave room for its own data beside the payload, and offers a share of that: half up to Linux 6.5
// (tcp_adv_win_scale 1), and from 6.6 on what it has measured to be payload, 158/256 with packets of 1500 bytes. There
// a request of 32 KiB offers 39 KiB, one of 27 KiB 32 KiB: 22 full segments in flight.
std::uint32_t receive_buffer_request(std::uint32_t window, int kernel_major, int kernel_minor);

}  // namespace segue::probe
