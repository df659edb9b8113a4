#include <fmt/format.h>
#include <sys/utsname.h>

#include <cstdio>

#include "nodes/base/error.hpp"
#include "nodes/probe/iperf.hpp"

namespace segue::probe {

namespace {

std::string seconds(Delay delay) { return fmt::format("{:.2f}", static_cast<double>(delay.count()) / 1e9); }

void check_interval(const IperfOptions& options) {
  if (options.interval < Delay{10'000'000}) throw InputError("iperf's bins need an interval of 10ms or more");
}

std::vector<std::string> common_arguments(const IperfOptions& options) {
  check_interval(options);
  std::vector<std::string> arguments = {"-i", seconds(options.interval),    "-f", "b",
                                        "-p", std::to_string(options.port), "-B", to_text(options.local)};
  if (options.local.family == Family::ipv6) arguments.emplace_back("-V");
  if (options.kind == IperfKind::udp) arguments.emplace_back("-u");
  return arguments;
}

}  // namespace

std::uint32_t receive_buffer_request(std::uint32_t window, int kernel_major, int kernel_minor) {
  const bool measured = kernel_major > 6 || (kernel_major == 6 && kernel_minor >= 6);
  return measured ? static_cast<std::uint32_t>(std::uint64_t{window} * 27 / 32) : window;
}

std::vector<std::string> server_arguments(const IperfOptions& options) {
  auto arguments = common_arguments(options);
  arguments.emplace_back("-s");
  if (options.kind == IperfKind::tcp && options.window > 0) {
    utsname kernel{};
    int major = 0;
    int minor = 0;
    check(::uname(&kernel), "ask for the kernel's version");
    if (std::sscanf(kernel.release, "%d.%d", &major, &minor) != 2) major = 0;
    arguments.emplace_back("-w");
    arguments.push_back(std::to_string(receive_buffer_request(options.window, major, minor)));
  }
  return arguments;
}

std::vector<std::string> client_arguments(const IperfOptions& options) {
  if (options.duration < Delay{10'000'000}) throw InputError("iperf needs a duration of 10ms or more");
  auto arguments = common_arguments(options);
  const auto add = [&](std::initializer_list<std::string> more) {
    arguments.insert(arguments.end(), more.begin(), more.end());
  };
  add({"-c", to_text(options.remote), "-t", seconds(options.duration)});
  if (options.kind == IperfKind::tcp) {
    // No -w: the window is the receiver's, and the sender's buffer must not be what limits. Reno is in every kernel and
    // is what the paper's hosts ran; the default differs from machine to machine.
    add({"-l", "8192", "-Z", "reno"});
  } else {
    // In digits: iperf's "5M" is 5 * 2^20. Its payload is 1450 bytes with IPv6 and 1470 with IPv4, both fit 1500.
    add({"-b", std::to_string(options.rate.bits_per_second)});
  }
  return arguments;
}

}  // namespace segue::probe
