#include "orchestrator/monitor/http.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string_view>

#include "nodes/base/error.hpp"
#include "nodes/base/fd.hpp"

namespace segue::monitor {

namespace {

constexpr std::string_view scheme = "http://";
constexpr time_t patience_s = 10;

// Of "127.0.0.1:9090".
sockaddr_in address_of(std::string_view authority, const std::string& url) {
  const auto colon = authority.rfind(':');
  std::uint16_t port = 0;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  if (colon == std::string_view::npos ||
      ::inet_pton(AF_INET, std::string(authority.substr(0, colon)).c_str(), &address.sin_addr) != 1 ||
      std::from_chars(authority.data() + colon + 1, authority.data() + authority.size(), port).ec != std::errc()) {
    throw InputError(fmt::format("{}: no http://ADDRESS:PORT/", url));
  }
  address.sin_port = htons(port);
  return address;
}

Fd connect_to(const sockaddr_in& address) {
  Fd socket(check(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "open a socket"));
  const timeval patience{.tv_sec = patience_s, .tv_usec = 0};
  check(::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), "limit the wait for bytes");
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) socket.reset();
  return socket;
}

// What comes until the connection ends; nothing if it is cut off.
std::optional<std::string> all_of(int socket) {
  std::string text;
  std::array<char, 65536> buffer;
  ssize_t length = 0;
  while ((length = ::read(socket, buffer.data(), buffer.size())) > 0) {
    text.append(buffer.data(), static_cast<std::size_t>(length));
  }
  return length == 0 ? std::optional(std::move(text)) : std::nullopt;
}

}  // namespace

// By version 1.0, in which the body ends where the connection does and comes in no chunks.
HttpAnswer http_get(const std::string& url) {
  std::string_view rest = url;
  if (rest.starts_with(scheme)) rest.remove_prefix(scheme.size());
  const auto slash = std::min(rest.find('/'), rest.size());
  const std::string_view authority = rest.substr(0, slash);
  const std::string_view path = slash == rest.size() ? "/" : rest.substr(slash);
  const Fd socket = connect_to(address_of(authority, url));
  if (!socket) return {};
  const std::string request = fmt::format("GET {} HTTP/1.0\r\nHost: {}\r\nConnection: close\r\n\r\n", path, authority);
  if (::send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL) < 0) return {};

  const auto text = all_of(socket.get());
  if (!text) return {};
  const auto code_at = text->find(' ');
  const auto body_at = text->find("\r\n\r\n");
  if (code_at == std::string::npos || body_at == std::string::npos) return {};
  HttpAnswer answer;
  std::from_chars(text->data() + code_at + 1, text->data() + text->size(), answer.status);
  answer.body = text->substr(body_at + 4);
  return answer;
}

}  // namespace segue::monitor
