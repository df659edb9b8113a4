#include "nodes/probe/iperf.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <utility>

#include "nodes/base/error.hpp"

using namespace segue;
using namespace segue::probe;
using namespace std::chrono_literals;

namespace {

// A folder that is all of PATH while it lives.
class OnlyPath {
 public:
  OnlyPath() : old_(std::getenv("PATH")) {
    std::string pattern = (std::filesystem::temp_directory_path() / "segue-path-XXXXXX").string();
    folder_ = check(::mkdtemp(pattern.data()) == nullptr ? -1 : 0, "make a folder") == 0 ? pattern : "";
    ::setenv("PATH", folder_.c_str(), 1);
  }
  ~OnlyPath() {
    ::setenv("PATH", old_.c_str(), 1);
    std::filesystem::remove_all(folder_);
  }
  void install(const std::string& script) const {
    const auto path = folder_ / "iperf";
    std::ofstream(path) << "#!/bin/sh\n" << script << '\n';
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  }

 private:
  std::string old_;
  std::filesystem::path folder_;
};

std::string after(const std::vector<std::string>& arguments, const std::string& option) {
  const auto found = std::ranges::find(arguments, option);
  return found == arguments.end() || found + 1 == arguments.end() ? "" : *(found + 1);
}

}  // namespace

TEST_CASE("without iperf 2 the machine lacks something, and the message says what to do") {
  const OnlyPath path;
  CHECK_THROWS_WITH_AS(require_iperf(), "iperf (version 2) is not installed: apt-get install iperf", MachineError);
  path.install("echo 'iperf 3.12 (cJSON 1.7.15)'");
  CHECK_THROWS_AS(require_iperf(), MachineError);
  path.install("echo hello");
  CHECK_THROWS_AS(require_iperf(), MachineError);
  path.install("echo 'iperf version 2.1.8 (12 August 2022) pthreads' >&2; exit 1");
  CHECK(require_iperf().ends_with("/iperf"));
}

TEST_CASE("the client asks for what the paper's probes are") {
  IperfOptions options{.local = parse_address("fd00::a"), .remote = parse_address("fd00::b"), .duration = 2s};
  const auto tcp = client_arguments(options);
  CHECK(after(tcp, "-c") == "fd00::b");
  CHECK(after(tcp, "-B") == "fd00::a");
  CHECK(after(tcp, "-l") == "8192");
  CHECK(after(tcp, "-i") == "0.50");
  CHECK(after(tcp, "-t") == "2.00");
  CHECK(std::ranges::count(tcp, "-u") == 0);
  options.kind = IperfKind::udp;
  const auto udp = client_arguments(options);
  CHECK(after(udp, "-b") == "5000000");
  CHECK(std::ranges::count(udp, "-u") == 1);
  options.interval = 1ms;
  CHECK_THROWS_AS(client_arguments(options), InputError);
}

TEST_CASE("the receive buffer asked for gives a window of 32 KiB by either of the kernel's rules") {
  CHECK(receive_buffer_request(32768, 6, 1) == 32768);
  CHECK(receive_buffer_request(32768, 6, 5) == 32768);
  CHECK(receive_buffer_request(32768, 6, 6) == 27648);
  CHECK(receive_buffer_request(32768, 7, 0) == 27648);
}
