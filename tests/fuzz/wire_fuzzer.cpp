// Feeds libFuzzer's inputs to segue-wire's loop: requests of any content, with ends that are no TAPs, and packets.
//
// An input is a row of requests, each as many bytes as a Request has; what is left over at the end is a packet, sent
// from an end of the first link before the second request.
#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>

#include "nodes/base/descriptors.hpp"
#include "nodes/base/error.hpp"
#include "nodes/link/wire.hpp"
#include "nodes/link/wire_protocol.hpp"

namespace {

using namespace segue;
using namespace segue::link;

struct Pair {
  explicit Pair(int type) {
    std::array<int, 2> ends{};
    check(::socketpair(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()), "make a socket pair");
    near = Fd(ends[0]);
    far = Fd(ends[1]);
  }
  Fd near;
  Fd far;
};

// Of most inputs every request would be refused for its version alone.
void send_request(const Pair& control, std::span<const std::uint8_t> bytes, std::span<const int> descriptors) {
  Request request;
  std::memcpy(&request, bytes.data(), sizeof request);
  if ((request.sequence & 1) == 0) request.version = wire_version;
  const iovec part{&request, sizeof request};
  send_with(control.near.get(), {&part, 1}, descriptors);
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls it by this name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Pair control(SOCK_SEQPACKET);
  const Pair a(SOCK_DGRAM);
  const Pair b(SOCK_DGRAM);
  std::span<const std::uint8_t> rest(data, size);
  const auto packet = rest.last(size % sizeof(Request));
  for (int i = 0; i < 12 && rest.size() >= sizeof(Request); ++i) {
    send_request(control, rest.first(sizeof(Request)), std::array{a.far.get(), b.far.get()});
    rest = rest.subspan(sizeof(Request));
    if (i == 0 && !packet.empty()) (void)::send(a.near.get(), packet.data(), packet.size(), 0);
  }
  ::shutdown(control.near.get(), SHUT_WR);  // the loop ends when it has read them all
  Wire wire(std::move(control.far), {});
  wire.run();
  return 0;
}
