#include "orchestrator/metrics/listener.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <prometheus/exposer.h>
#include <pthread.h>
#include <sys/socket.h>

#include <charconv>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <stop_token>
#include <string_view>
#include <thread>

#include "nodes/base/error.hpp"
#include "nodes/base/fd.hpp"
#include "nodes/base/ip.hpp"

namespace segue::metrics {
namespace {

struct Endpoint {
  Address address{};  // IPv4
  std::uint16_t port = 0;
};

// A thread is born with its maker's mask, so the server's threads never take the main thread's signals.
class AllSignalsBlocked {
 public:
  AllSignalsBlocked() noexcept {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~AllSignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  AllSignalsBlocked(const AllSignalsBlocked&) = delete;
  AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

std::string to_text(const Endpoint& endpoint) {
  return fmt::format("{}:{}", segue::to_text(endpoint.address), endpoint.port);
}

Endpoint parse_endpoint(const std::string& wish) {
  const auto refuse = [&](std::string_view reason) -> InputError {
    return InputError(fmt::format("serve metrics on \"{}\": {}", wish, reason));
  };
  const auto colon = wish.rfind(':');
  if (colon == std::string::npos) throw refuse("a port is missing (127.0.0.1:9464)");

  Endpoint endpoint;
  const std::string_view port = std::string_view(wish).substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), endpoint.port);
  if (error != std::errc{} || end != port.data() + port.size()) throw refuse("no port from 0 to 65535");

  try {
    endpoint.address = parse_address(wish.substr(0, colon));
  } catch (const InputError& error) {
    throw refuse(error.what());
  }
  // Debian builds the server (civetweb) without IPv6.
  if (endpoint.address.family != Family::ipv4) throw refuse("an IPv4 address is needed (127.0.0.1:9464)");
  return endpoint;
}

// Null if the port cannot be bound: the server throws a type that its public headers do not give, and no errno.
std::unique_ptr<prometheus::Exposer> try_listen(const Endpoint& endpoint) {
  const AllSignalsBlocked guard;
  try {
    return std::make_unique<prometheus::Exposer>(to_text(endpoint));
  } catch (const std::exception&) {
    return nullptr;
  }
}

void knock(const Endpoint& endpoint) noexcept {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(endpoint.port);
  std::memcpy(&to.sin_addr, endpoint.address.bytes.data(), sizeof to.sin_addr);
  const Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  // Refused is as good as accepted: then the server is gone.
  static_cast<void>(::connect(socket.get(), reinterpret_cast<sockaddr*>(&to), sizeof to));
}

}  // namespace

Listener::Listener(const std::string& wish) {
  Endpoint endpoint = parse_endpoint(wish);
  exposer_ = try_listen(endpoint);
  if (!exposer_) exposer_ = try_listen({.address = endpoint.address, .port = 0});
  if (!exposer_) {
    throw InputError(fmt::format("serve metrics on \"{}\": no port of {} can be bound here", wish,
                                 segue::to_text(endpoint.address)));
  }
  endpoint.port = static_cast<std::uint16_t>(exposer_->GetListeningPorts().at(0));
  address_ = to_text(endpoint);
}

// The server sees that it shall stop when its poll of the listening socket ends, and that lasts up to two seconds. A
// connection ends it at once; the first may come before the server was told, so there are more until it is gone.
Listener::~Listener() {
  const Endpoint endpoint = parse_endpoint(address_);
  std::mutex mutex;
  std::condition_variable_any stopped;
  const AllSignalsBlocked guard;
  const std::jthread knocking([&](const std::stop_token& stop) {
    std::unique_lock lock(mutex);
    while (!stop.stop_requested()) {
      knock(endpoint);
      stopped.wait_for(lock, stop, std::chrono::milliseconds(5), [] { return false; });
    }
  });
  exposer_.reset();
}

}  // namespace segue::metrics
