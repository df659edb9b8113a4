#include "orchestrator/cli/hosts_file.hpp"

#include <doctest/doctest.h>

using segue::cli::hosts_file;

TEST_CASE("the lab's nodes come after what the host knows, in both families") {
  CHECK(hosts_file("127.0.0.1 localhost\n# mine\n\n::1 localhost", {{"fd00::1", "cn"}, {"10.0.1.1", "cn"}}) ==
        "127.0.0.1 localhost\n# mine\n\n::1 localhost\nfd00::1 cn\n10.0.1.1 cn\n");
  CHECK(hosts_file("", {}) == "");
}

TEST_CASE("a name of a node is the node's, whoever has it on the host") {
  CHECK(hosts_file("192.0.2.1\tserver server.example # the real one\n192.0.2.2 gw\n192.0.2.3 servers\n",
                   {{"fd00::1", "server"}, {"fd00::2", "gw"}}) ==
        "192.0.2.1 server.example\n192.0.2.3 servers\nfd00::1 server\nfd00::2 gw\n");
}
