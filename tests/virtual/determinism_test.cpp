// What must not differ between two boots, since the bytes of a result would.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/auxv.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <ctime>
#include <fstream>

#include "nodes/base/clock.hpp"
#include "nodes/base/error.hpp"
#include "nodes/base/fd.hpp"
#include "tests/virtual/work.hpp"

using namespace segue;
using namespace segue::test;

namespace {

std::string hex(const void* data, std::size_t size) {
  std::string text;
  for (std::size_t i = 0; i < size; ++i) text += fmt::format("{:02x}", static_cast<const unsigned char*>(data)[i]);
  return text;
}

int ephemeral_port() {
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_addr = in6addr_loopback;
  address.sin6_port = htons(9);
  socklen_t size = sizeof address;
  const Fd socket(check(::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0), "open a socket"));
  check(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), size), "connect to the loopback");
  check(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size), "read the port");
  return ntohs(address.sin6_port);
}

const Work facts("facts", [](const Arguments&) {
  timespec realtime{};
  ::clock_gettime(CLOCK_REALTIME, &realtime);
  say(fmt::format("monotonic {} realtime {}.{:09}", to_ns(now()), realtime.tv_sec, realtime.tv_nsec));
  say(fmt::format("process {} of {}", ::getpid(), ::getppid()));
  unsigned char random[16];
  check(::getrandom(random, sizeof random, 0), "get random numbers");
  say("random " + hex(random, sizeof random));
  // NOLINTNEXTLINE(performance-no-int-to-ptr): the kernel tells the address as a number
  say("at exec " + hex(reinterpret_cast<const void*>(::getauxval(AT_RANDOM)), 16));
  say(fmt::format("stack {}", static_cast<const void*>(random)));
  say(fmt::format("port {} {}", ephemeral_port(), ephemeral_port()));
  utsname name{};
  ::uname(&name);
  say(fmt::format("name {} {}", name.nodename, name.version));
  for (const char* path :
       {"/proc/sys/kernel/random/boot_id", "/proc/meminfo", "/proc/self/limits", "/proc/sys/net/ipv4/tcp_mem"}) {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) say(line);
  }
  return 0;
});

}  // namespace

TEST_CASE("two guests with one seed cannot be told apart from inside, and another seed gives other random numbers") {
  const Folder out;
  auto options = guest_options({"facts"}, out);
  const auto first = in_guest(options);
  REQUIRE(first.result.outcome == guest::GuestOutcome::finished);
  REQUIRE(first.lines.size() > 20);
  CHECK(in_guest(options).lines == first.lines);
  options.seed = 2;
  const auto other = in_guest(options);
  CHECK(other.lines.at(0) == first.lines.at(0));
  CHECK(other.lines.at(1) == first.lines.at(1));
  CHECK(other.lines.at(2) != first.lines.at(2));
}

TEST_CASE("clock, process ids and random numbers are the same from another folder, with other folders to see") {
  const Folder first_out;
  const Folder outer;
  const auto first = in_guest(guest_options({"facts"}, first_out));
  auto options = guest_options({"facts"}, outer);
  options.out = outer.path / "a" / "b" / "results of mine";
  options.directory = "/";
  options.visible = {outer.path / "a"};
  std::filesystem::create_directories(options.out);
  const auto second = in_guest(options);
  REQUIRE(second.lines.size() > 7);
  for (std::size_t i = 0; i < 7; ++i) CHECK(second.lines[i] == first.lines.at(i));
}
