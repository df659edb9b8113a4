#include "nodes/netlink/socket.hpp"

#include <linux/netlink.h>
#include <sys/socket.h>

#include <bit>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "nodes/netlink/message.hpp"

namespace segue::netlink {
namespace {

constexpr std::size_t chunk_bytes = 32768;
// Every request of a chunk may fail, and each answer takes about 768 bytes of a receive buffer of 208 KiB by default.
constexpr std::size_t chunk_requests = 128;
constexpr std::size_t incoming_bytes = 65536;
constexpr int dump_attempts = 8;

// Options that make answers short and telling; each is absent from some kernel in use, and none is essential.
void set_options(int fd) {
  const int on = 1;
  for (const int option : {NETLINK_EXT_ACK, NETLINK_CAP_ACK, NETLINK_GET_STRICT_CHK}) {
    ::setsockopt(fd, SOL_NETLINK, option, &on, sizeof on);
  }
}

std::string reason_of(const nlmsghdr& message, int error) {
  std::string general = std::generic_category().message(error);
  if (!(message.nlmsg_flags & NLM_F_ACK_TLVS)) return general;
  const auto* data = static_cast<const std::byte*>(nlmsg_data(&message));
  std::span bytes(data, static_cast<std::size_t>(nlmsg_datalen(&message)));
  std::size_t skip = sizeof(nlmsgerr);
  if (!(message.nlmsg_flags & NLM_F_CAPPED)) {
    const auto& refused = reinterpret_cast<const nlmsgerr*>(data)->msg;
    skip += NLMSG_ALIGN(refused.nlmsg_len) - sizeof(nlmsghdr);
  }
  if (skip > bytes.size()) return general;
  const std::string told = Attributes(bytes.subspan(skip)).text(NLMSGERR_ATTR_MSG);
  return told.empty() ? general : told + " (" + general + ")";
}

int error_of(const nlmsghdr& message) {
  if (nlmsg_datalen(&message) < static_cast<int>(sizeof(int))) throw Error("read a netlink answer: too short");
  int error = 0;
  std::memcpy(&error, nlmsg_data(&message), sizeof error);
  return -error;
}

}  // namespace

Socket::Socket()
    : fd_(check(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), "open a netlink socket")),
      outgoing_(chunk_bytes),
      incoming_(std::make_unique_for_overwrite<std::byte[]>(incoming_bytes)) {
  set_options(fd_.get());
}

void Socket::perform(std::span<const Request> batch) {
  while (!batch.empty()) {
    const std::size_t count = fill(batch);
    const Instant start = now();
    const auto failure = exchange(batch.first(count));
    statistics_.requests += count;
    record(now() - start);
    if (failure) throw KernelError(batch[failure->position].attempt() + ": " + failure->reason, failure->error);
    batch = batch.subspan(count);
  }
}

void Socket::record(Nanoseconds latency) noexcept {
  ++statistics_.exchanges;
  statistics_.total_latency += latency;
  const auto bucket = static_cast<std::size_t>(std::bit_width(static_cast<std::uint64_t>(latency.count())));
  ++statistics_.latency[std::min(bucket, statistics_.latency.size() - 1)];
}

// Copies as many requests as one chunk takes, at least one, and returns their number. Only the last is acknowledged.
std::size_t Socket::fill(std::span<const Request> batch) {
  outgoing_size_ = 0;
  std::size_t count = 0;
  nlmsghdr* last = nullptr;
  for (const Request& request : batch) {
    const auto message = request.message();
    const std::size_t padded = NLMSG_ALIGN(message.size());
    if (outgoing_size_ + padded > outgoing_.size()) {
      if (count > 0) break;
      outgoing_.resize(padded);
    }
    std::memcpy(outgoing_.data() + outgoing_size_, message.data(), message.size());
    last = reinterpret_cast<nlmsghdr*>(outgoing_.data() + outgoing_size_);
    last->nlmsg_seq = ++sequence_;
    outgoing_size_ += padded;
    if (++count == chunk_requests) break;
  }
  last->nlmsg_flags |= NLM_F_ACK;
  return count;
}

// The first request of the chunk that failed, if any did.
std::optional<Socket::Failure> Socket::exchange(std::span<const Request> chunk) {
  const std::uint32_t first = sequence_ - static_cast<std::uint32_t>(chunk.size()) + 1;
  send(outgoing_size_);
  std::optional<Failure> failure;
  for (bool answered = false; !answered;) {
    for_each_message(receive(), [&](const nlmsghdr& message) {
      const std::uint32_t position = message.nlmsg_seq - first;
      if (message.nlmsg_type != NLMSG_ERROR || position >= chunk.size()) return;  // left from an exchange that threw
      answered = position + 1 == chunk.size();
      const int error = error_of(message);
      if (error == 0) return;
      ++statistics_.errors;
      if (!failure) failure = Failure{position, error, reason_of(message, error)};
    });
  }
  return failure;
}

void Socket::send(std::size_t size) {
  ssize_t sent = 0;
  do {
    sent = ::send(fd_.get(), outgoing_.data(), size, 0);
  } while (sent < 0 && errno == EINTR);
  check(sent, "send to the kernel's routing socket");
}

std::span<const std::byte> Socket::receive() {
  ssize_t received = 0;
  do {
    received = ::recv(fd_.get(), incoming_.get(), incoming_bytes, MSG_TRUNC);
  } while (received < 0 && errno == EINTR);
  check(received, "read from the kernel's routing socket");
  if (static_cast<std::size_t>(received) > incoming_bytes) throw Error("read a netlink answer: over 64 KiB");
  return {incoming_.get(), static_cast<std::size_t>(received)};
}

std::vector<std::byte> Socket::dump(const Request& request) {
  std::vector<std::byte> answer;
  for (int attempt = 0; attempt < dump_attempts; ++attempt) {
    answer.clear();
    if (dump_once(request, answer)) return answer;
  }
  throw Error(request.attempt() + ": the kernel's tables do not stop changing");
}

// False if the tables changed meanwhile.
bool Socket::dump_once(const Request& request, std::vector<std::byte>& answer) {
  fill(std::span(&request, 1));
  reinterpret_cast<nlmsghdr*>(outgoing_.data())->nlmsg_flags &= static_cast<std::uint16_t>(~NLM_F_ACK);
  send(outgoing_size_);
  bool consistent = true;
  for (bool done = false; !done;) {
    for_each_message(receive(), [&](const nlmsghdr& message) {
      if (done || message.nlmsg_seq != sequence_) return;
      if (message.nlmsg_flags & NLM_F_DUMP_INTR) consistent = false;
      if (message.nlmsg_type == NLMSG_ERROR || message.nlmsg_type == NLMSG_DONE) {
        done = true;
        const bool empty = nlmsg_datalen(&message) < static_cast<int>(sizeof(int));
        const int error = empty ? 0 : error_of(message);
        if (error != 0) throw KernelError(request.attempt() + ": " + reason_of(message, error), error);
        return;
      }
      const auto* bytes = reinterpret_cast<const std::byte*>(&message);
      answer.insert(answer.end(), bytes, bytes + NLMSG_ALIGN(message.nlmsg_len));
      done = !(message.nlmsg_flags & NLM_F_MULTI);
    });
  }
  return consistent;
}

}  // namespace segue::netlink
