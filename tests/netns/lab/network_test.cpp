// The network of a lab on the real kernel, without agents.
#include "orchestrator/lab/network.hpp"

#include <doctest/doctest.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <string>

#include "nodes/base/error.hpp"
#include "tests/netns/lab/net.hpp"

using namespace segue;

namespace {

constexpr const char* three_in_a_row = R"(
[addressing]
ipv4 = "10.20.0.0/16"
[nodes.client]
role = "router"
[nodes.middle]
role = "router"
[nodes.server]
role = "correspondent"
[links.client-middle]
between = ["client", "middle"]
[links.middle-server]
between = ["middle", "server"]
)";

struct Name {
  sockaddr_storage storage{};
  socklen_t size = sizeof(sockaddr_storage);
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

Name name_of(const std::string& host, const std::string& port, int family) {
  addrinfo hints{};
  hints.ai_family = family;
  hints.ai_socktype = SOCK_DGRAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.empty() ? nullptr : host.c_str(), port.c_str(), &hints, &found) != 0)
    throw Error("no " + host);
  Name name;
  std::memcpy(&name.storage, found->ai_addr, name.size = found->ai_addrlen);
  ::freeaddrinfo(found);
  return name;
}

bool is_readable(const Fd& fd) {
  pollfd entry{fd.get(), POLLIN, 0};
  return ::poll(&entry, 1, 5000) == 1;
}

// A server that answers whoever asks, as most do: bound to no address.
void answers_from_the_address_that_was_asked(const std::string& server_address, int family) {
  Net net(three_in_a_row);
  const Fd server = net.at("server", [&] {
    Fd fd(check(::socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0), "open a UDP socket"));
    Name any = name_of("", "7000", family);
    check(::bind(fd.get(), any.get(), any.size), "bind");
    return fd;
  });
  const Fd client = net.at("client", [&] {
    Fd fd(check(::socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0), "open a UDP socket"));
    Name far = name_of(server_address, "7000", family);
    check(::connect(fd.get(), far.get(), far.size), "connect");
    return fd;
  });
  REQUIRE(::send(client.get(), "?", 1, 0) == 1);
  REQUIRE(is_readable(server));
  std::array<char, 8> data{};
  Name asker;
  REQUIRE(::recvfrom(server.get(), data.data(), data.size(), 0, asker.get(), &asker.size) == 1);
  REQUIRE(::sendto(server.get(), "!", 1, 0, asker.get(), asker.size) == 1);
  REQUIRE(is_readable(client));  // the kernel gives a connected socket only what comes from there
  CHECK(::recv(client.get(), data.data(), data.size(), 0) == 1);
  CHECK(data[0] == '!');
}

}  // namespace

TEST_CASE("a UDP server bound to no address answers from its node's own, which was asked, over IPv6 and IPv4") {
  const Scratch scratch;
  const auto topology = config::load_topology(scratch.write("row/topology.toml", three_in_a_row));
  const auto& server = topology.nodes[config::find_node(topology, "server")];
  REQUIRE(server.ipv4.has_value());
  SUBCASE("IPv6") { answers_from_the_address_that_was_asked(to_text(server.address), AF_INET6); }
  SUBCASE("IPv4") { answers_from_the_address_that_was_asked(to_text(*server.ipv4), AF_INET); }
}
