// Requests to the kernel's routing socket, and the socket that performs them.
//
// A Request is built once, by the functions of the other headers (interface, address, route, rule, neighbour, qdisc,
// netem), and performed any number of times: performing neither changes it nor allocates. Requests that belong together
// go as one batch: one sendmsg, and one acknowledgement back, because only the last request of a batch asks for one
// (the kernel answers a request that fails in any case).
//
// Threading: a socket is used by one thread at a time. It stays in the namespace it was opened in, wherever the thread
// goes afterwards.
// Errors: KernelError, "<attempt>: <the kernel's reason>". A batch reports the first request that failed; the kernel
// has tried those after it too.
// Cost: a batch of two or three route replacements is acknowledged within a few tens of microseconds.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "nodes/base/clock.hpp"
#include "nodes/base/error.hpp"
#include "nodes/base/fd.hpp"

namespace segue::netlink {

// What the kernel refused, and its errno.
class KernelError : public Error {
 public:
  KernelError(const std::string& what, int error) : Error(what), error_(error) {}
  int error() const noexcept { return error_; }

 private:
  int error_;
};

// A netlink message, and in words what it tries: "create veth mn-ar1", "replace route fd00::1/128 via fd00::2".
class Request {
 public:
  Request(std::string attempt, std::vector<std::byte> message)
      : attempt_(std::move(attempt)), message_(std::move(message)) {}

  const std::string& attempt() const noexcept { return attempt_; }
  std::span<const std::byte> message() const noexcept { return message_; }  // from its nlmsghdr on

 private:
  std::string attempt_;
  std::vector<std::byte> message_;
};

// Of perform(), not of dump().
struct Statistics {
  std::uint64_t requests = 0;
  std::uint64_t errors = 0;                 // requests that the kernel refused
  std::uint64_t exchanges = 0;              // send and wait for the answer: one a batch, unless the batch is large
  Nanoseconds total_latency{0};             // of all exchanges
  std::array<std::uint64_t, 40> latency{};  // [i]: exchanges that took from 2^(i-1) to 2^i - 1 ns; the last: and longer
};

class Socket {
 public:
  Socket();  // in the calling thread's namespace

  void perform(const Request& request) { perform(std::span(&request, 1)); }
  void perform(std::span<const Request> batch);
  void perform(std::initializer_list<Request> batch) { perform(std::span(batch.begin(), batch.size())); }

  // All messages that answer a dump request, one after the other as the kernel wrote them. For the list functions.
  // Asks again if the kernel says that its tables changed meanwhile.
  std::vector<std::byte> dump(const Request& request);

  const Statistics& statistics() const noexcept { return statistics_; }

 private:
  struct Failure {
    std::size_t position;  // in the chunk
    int error;
    std::string reason;
  };

  std::size_t fill(std::span<const Request> batch);
  std::optional<Failure> exchange(std::span<const Request> chunk);
  void record(Nanoseconds latency) noexcept;
  void send(std::size_t size);
  std::span<const std::byte> receive();
  bool dump_once(const Request& request, std::vector<std::byte>& answer);

  Fd fd_;
  std::uint32_t sequence_ = 0;  // of the last request sent
  std::size_t outgoing_size_ = 0;
  std::vector<std::byte> outgoing_;
  std::unique_ptr<std::byte[]> incoming_;
  Statistics statistics_;
};

}  // namespace segue::netlink
