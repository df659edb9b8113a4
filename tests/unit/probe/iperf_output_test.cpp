// The texts are what iperf 2.1.8 printed, with `-f b -i 0.5`.
#include "nodes/probe/iperf_output.hpp"

#include <doctest/doctest.h>

#include <sstream>

using namespace segue::probe;

namespace {

IperfOutput read(const std::string& text) {
  IperfOutput output;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) output.line(line);
  return output;
}

constexpr std::int64_t half = 500'000'000;

}  // namespace

TEST_CASE("the bins of a TCP server are read and its summary is none") {
  const auto output = read(R"(------------------------------------------------------------
Server listening on TCP port 5010
TCP window size: 65536 Byte (WARNING: requested 32768 Byte)
------------------------------------------------------------
[  1] local ::1 port 5010 connected with ::1 port 54297 (icwnd/mss/irtt=320/32768/19)
[ ID] Interval       Transfer     Bandwidth
[  1] 0.0000-0.5000 sec  625172540 Bytes  10002760640 bits/sec
[  1] 0.5000-1.0000 sec  0.000 Bytes  0.000 bits/sec
[  1] 1.0000-1.5000 sec  343302144 Bytes  5492834304 bits/sec
[  1] 0.0000-1.5002 sec  2165637180 Bytes  8661470367 bits/sec
)");
  CHECK(output.bins() ==
        std::vector<IperfBin>{{0, half, 10'002'760'640}, {half, half, 0}, {2 * half, half, 5'492'834'304}});
  CHECK(output.failure().empty());
}

TEST_CASE("the bins of a UDP server have their losses, whatever becomes of its percentage") {
  const auto output = read(R"([  1] 0.0000-0.5000 sec  314650 Bytes  5034400 bits/sec   0.002 ms 0/217 (0%)
[  1] 0.5000-1.0000 sec  126150 Bytes  2018400 bits/sec  16.575 ms 0/87 (0%)
[  1] 0.5000-1.0000 sec  1 datagrams received out-of-order
[  1] 1.0000-1.5000 sec  0.000 Bytes  0.000 bits/sec  16.575 ms 0/0 (-nan%)
[  1] 1.5000-2.0000 sec  184150 Bytes  2946400 bits/sec   0.011 ms 432/559 (77%)
[  1] 2.0000-2.2057 sec  1450 Bytes  56385 bits/sec  61.612 ms -1/98 (99%)
[  1] 0.0000-2.2057 sec  754000 Bytes  2734696 bits/sec  61.612 ms 96/617 (16%)
)");
  CHECK(output.bins() == std::vector<IperfBin>{{0, half, 5'034'400, 0, 217},
                                               {half, half, 2'018'400, 0, 87},
                                               {2 * half, half, 0, 0, 0},
                                               {3 * half, half, 2'946'400, 432, 559},
                                               {4 * half, 205'700'000, 56'385, -1, 98}});
}

TEST_CASE("the server's report to a UDP client is none of its bins") {
  const auto output = read(R"([  1] local ::1 port 48416 connected with ::1 port 5010
[ ID] Interval       Transfer     Bandwidth
[  1] 0.0000-0.5000 sec  329150 Bytes  5266400 bits/sec
[  1] 0.0000-0.5025 sec  329150 Bytes  5254161 bits/sec
[  1] Sent 228 datagrams
[  1] Server Report:
[ ID] Interval       Transfer     Bandwidth        Jitter   Lost/Total Datagrams
[  1] 0.0000-0.5001 sec  329150 Bytes  5260255 bits/sec   0.001 ms 0/228 (0%)
[  1] 0.5000-1.0000 sec  329150 Bytes  5260255 bits/sec   0.001 ms 0/228 (0%)
)");
  CHECK(output.bins() == std::vector<IperfBin>{{0, half, 5'266'400}});
}

TEST_CASE("iperf's announcements and complaints are told apart") {
  IperfOutput output;
  using Event = IperfOutput::Event;
  CHECK(output.line("Server listening on UDP port 5001 with pid 27468") == Event::listening);
  CHECK(output.line("[  1] local fd00::a port 38560 connected with fd00:1::b port 5010") == Event::connected);
  CHECK(output.line("write-fin failed: Invalid argument") == Event::none);
  CHECK(output.line("[  3] WARNING: ack of last datagram failed.") == Event::none);
  CHECK(output.line("TCP window size: 65536 Byte (WARNING: requested 32768 Byte)") == Event::none);
  CHECK(output.failure().empty());
  CHECK(output.line("write failed: Invalid argument") == Event::failure);
  CHECK(output.line("tcp connect failed: Connection refused") == Event::failure);
  CHECK(output.failure() == "write failed: Invalid argument");
}

TEST_CASE("rubbish is no bin") {
  IperfOutput output;
  for (const char* line :
       {"[  1] 0.0000-0.00001 sec  327700 Bytes  5243200 bits/sec",  // no length, as iperf counts
        "", "[", "[]", "]", "[  1]", "[  1] 0.0000", "[  1] 0.0000-", "[  1] 0.0000-0.5000 sec", "[ ID] Interval",
        "[  1] 0.0000-0.5000 sec  x Bytes  1 bits/sec", "[  1] 0.5000-0.0000 sec  1 Bytes  1 bits/sec",
        "[  1] nan-0.5000 sec  1 Bytes  1 bits/sec", "[  1] 0.0000-1e300 sec  1 Bytes  1 bits/sec",
        "[  1] 0.0000-0.5000 sec  1 Bytes  1e300 bits/sec", "[SUM] 0.0000-0.5000 sec  1 Bytes  1 bits/sec",
        "[  1] 0.0000-0.5000 sec  1 Bytes  1 bits/sec 0.1 ms 7", "[  1] 0.0000-0.5000 sec  1 MBytes  1 Mbits/sec",
        "\xff\xfe\x01[  1] 0.0000-0.5000 sec"}) {
    CAPTURE(line);
    CHECK(output.line(line) == IperfOutput::Event::none);
  }
  CHECK(output.line(std::string(1'000'000, '[')) == IperfOutput::Event::none);
  CHECK(output.bins().empty());
}

TEST_CASE("iperf 2 is told from iperf 3 and from anything else") {
  CHECK(iperf_major("iperf version 2.1.8 (12 August 2022) pthreads\n") == 2);
  CHECK(iperf_major("iperf 3.12 (cJSON 1.7.15)\nLinux\n") == 3);
  CHECK_FALSE(iperf_major("sh: not found").has_value());
  CHECK_FALSE(iperf_major("").has_value());
}
