#include "nodes/base/descriptors.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>

#include <array>
#include <string>
#include <vector>

#include "nodes/base/error.hpp"
#include "nodes/base/pipe.hpp"

using namespace segue;

namespace {

struct Pair {
  Pair() {
    std::array<int, 2> ends{};
    check(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()), "create a socket pair");
    near.reset(ends[0]);
    far.reset(ends[1]);
  }
  Fd near;
  Fd far;
};

ssize_t send_text(const Fd& socket, std::string text, const std::vector<int>& descriptors) {
  const iovec part{text.data(), text.size()};
  return send_with(socket.get(), {&part, 1}, descriptors);
}

// Whether every copy of the other end is closed.
bool ended(const Fd& reader) {
  char byte = 0;
  check(::fcntl(reader.get(), F_SETFL, O_NONBLOCK), "read without waiting");
  return ::read(reader.get(), &byte, 1) == 0;
}

}  // namespace

TEST_CASE("descriptors arrive with their message, in order and close-on-exec") {
  const Pair pair;
  Pipe pipe = make_pipe();
  CHECK(send_text(pair.near, "both", {pipe.read.get(), pipe.write.get()}) == 4);
  std::array<std::byte, 8> bytes;
  std::array<Fd, 2> taken;
  CHECK(receive_with(pair.far.get(), bytes, taken) == 4);
  pipe.write.reset();
  CHECK(::write(taken[1].get(), "x", 1) == 1);
  char byte = 0;
  CHECK(::read(taken[0].get(), &byte, 1) == 1);
  CHECK(byte == 'x');
  CHECK(::fcntl(taken[0].get(), F_GETFD) == FD_CLOEXEC);
}

TEST_CASE("descriptors that are not wanted are closed, and too many are not sent") {
  const Pair pair;
  Pipe pipe = make_pipe();
  CHECK(send_text(pair.near, "x", {pipe.read.get(), pipe.write.get(), pipe.write.get()}) == 1);
  CHECK(send_text(pair.near, "x", std::vector(most_descriptors + 1, pipe.write.get())) == -1);
  CHECK(errno == EINVAL);
  pipe.write.reset();
  std::array<std::byte, 8> bytes;
  std::array<Fd, 1> taken;
  CHECK(receive_with(pair.far.get(), bytes, taken) == 1);
  CHECK(taken[0]);
  CHECK(ended(pipe.read));
}

TEST_CASE("a message without descriptors brings none, the end is empty, and to send to it is no signal") {
  Pair pair;
  CHECK(send_text(pair.near, "alone", {}) == 5);
  pair.near.reset();
  std::array<std::byte, 8> bytes;
  std::array<Fd, 1> taken;
  CHECK(receive_with(pair.far.get(), bytes, taken) == 5);
  CHECK_FALSE(taken[0]);
  CHECK(receive_with(pair.far.get(), bytes, taken) == 0);
  CHECK(send_text(pair.far, "x", {}) == -1);
  CHECK(errno == EPIPE);
}
