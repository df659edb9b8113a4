#include "orchestrator/monitor/http.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>
#include <string_view>
#include <thread>

#include "nodes/base/error.hpp"
#include "nodes/base/fd.hpp"

using namespace segue;
using monitor::http_get;

namespace {

// On a port of its own: takes one request, says what it is given, and ends the connection, in order or not.
class Server {
 public:
  enum class End { in_order, cut_off };

  explicit Server(std::string_view answer, End end = End::in_order)
      : listener_(check(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "open a socket")) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* any = reinterpret_cast<sockaddr*>(&address);
    check(::bind(listener_.get(), any, length), "bind a port");
    check(::listen(listener_.get(), 1), "listen");
    check(::getsockname(listener_.get(), any, &length), "read the port");
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, answer, end] { serve(answer, end); });
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server() {
    if (thread_.joinable()) thread_.join();
  }

  std::string url(std::string_view path) const { return fmt::format("http://127.0.0.1:{}{}", port_, path); }

  // What it was asked, once it has answered.
  std::string asked() {
    thread_.join();
    return asked_;
  }

 private:
  void serve(std::string_view answer, End end) {
    const Fd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    std::array<char, 4096> buffer;
    while (asked_.find("\r\n\r\n") == std::string::npos) {
      const ssize_t length = ::read(client.get(), buffer.data(), buffer.size());
      if (length <= 0) return;
      asked_.append(buffer.data(), static_cast<std::size_t>(length));
    }
    ::send(client.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
    const linger at_once{.l_onoff = 1, .l_linger = 0};  // closing resets the connection
    if (end == End::cut_off) ::setsockopt(client.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }

  Fd listener_;
  std::uint16_t port_ = 0;
  std::string asked_;
  std::thread thread_;
};

}  // namespace

TEST_CASE("a GET returns the status and the body, which ends with the connection") {
  Server server("HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nready\r\n\r\nand more");
  const auto answer = http_get(server.url("/-/ready?a=b"));
  CHECK(answer.status == 200);
  CHECK(answer.body == "ready\r\n\r\nand more");
  CHECK(server.asked().starts_with("GET /-/ready?a=b HTTP/1.0\r\n"));
}

TEST_CASE("a status of failure is an answer like any other") {
  Server server("HTTP/1.1 503 Service Unavailable\r\n\r\nnot yet");
  const auto answer = http_get(server.url(""));
  CHECK(answer.status == 503);
  CHECK(answer.body == "not yet");
  CHECK(server.asked().starts_with("GET / HTTP/1.0\r\n"));
}

TEST_CASE("who refuses, cuts the answer off or speaks another language has not answered") {
  std::string url;
  {
    Server server("HTTP/1.0 200 OK\r\n\r\nhalf of it", Server::End::cut_off);
    url = server.url("/");
    CHECK(http_get(url).status == 0);
  }
  CHECK(http_get(url).status == 0);  // its port is closed now
  Server other("220 mail.example\r\n");
  CHECK(http_get(other.url("/")).status == 0);
}

TEST_CASE("what is no address with a port is refused") {
  for (const char* url : {"http://127.0.0.1/", "http://localhost:9090/", "http://127.0.0.1:port/", ""}) {
    CAPTURE(url);
    CHECK_THROWS_AS(http_get(url), InputError);
  }
}
