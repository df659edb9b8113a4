// Every mistake a topology can hold, and what is said about it.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <string>
#include <vector>

#include "orchestrator/config/topology.hpp"
#include "tests/unit/config/scratch.hpp"

using namespace segue;
using namespace segue::config;

namespace {

std::string complaint_about(const std::string& text) {
  const Scratch scratch;
  return complaint([&] { load_topology(scratch.write("topology.toml", text).parent_path()); });
}

// Two good nodes, then what is wrong from line 6 on.
std::string after_nodes(const std::string& text) {
  return complaint_about("[nodes.a]\nrole = \"router\"\n[nodes.b]\nrole = \"router\"\n\n" + text);
}

std::string in_link(const std::string& text) { return after_nodes("[links.l]\nbetween = [\"a\", \"b\"]\n" + text); }

std::string in_node(const std::string& text) { return after_nodes("[nodes.c]\n" + text); }

std::string node_called(const std::string& name) {
  return complaint_about("[nodes." + name + "]\nrole = \"router\"\n");
}

}  // namespace

TEST_CASE("impairments that are none are named with their place and what would be right") {
  const auto units = std::string(": unknown unit (ns, us, ms, s, min)");
  CHECK(in_link("delay = \"10 parsecs\"") == "topology.toml:8: link \"l\": delay \"10 parsecs\"" + units);
  CHECK(in_link("delay = 10") == "topology.toml:8: link \"l\": delay \"10\": a unit is missing (ns, us, ms, s, min)");
  CHECK(in_link("delay = true") == "topology.toml:8: link \"l\": delay: a string in quotes is wanted, not a boolean");
  CHECK(in_link("forward = { delay = \"-1ms\" }") == "topology.toml:8: link \"l\": forward: delay \"-1ms\": negative");
  CHECK(in_link("loss = \"101%\"") == "topology.toml:8: link \"l\": loss \"101%\": a probability goes from 0% to 100%");
  CHECK(in_link("loss = nan") == "topology.toml:8: link \"l\": loss \"nan\": out of range");
  CHECK(in_link("jitter-shape = \"pareto\"") ==
        "topology.toml:8: link \"l\": jitter-shape \"pareto\": it is \"normal\" or \"uniform\"");
  CHECK(in_link("queue-limit = 0") ==
        "topology.toml:8: link \"l\": queue-limit \"0\": a number of packets is wanted, from 1 to 4294967295");
  CHECK(in_link("rate = \"5 baud\"").find("rate \"5 baud\": unknown unit") != std::string::npos);
  CHECK(in_link("gilbert-elliott = { p = \"1%\", r = \"x\" }") ==
        "topology.toml:8: link \"l\": gilbert-elliott r \"x\": no number at its start");
  CHECK(in_link("gilbert-elliott = { p = \"1%\", r = \"2%\", q = 1 }") ==
        "topology.toml:8: link \"l\": gilbert-elliott: unknown key \"q\"; known are p, r, loss-in-bad, loss-in-good");
  CHECK(in_link("mtu = 1000") == "topology.toml:8: link \"l\": mtu 1000: it goes from 1280 to 65521");
  CHECK(in_link("mtu = \"1500\"") == "topology.toml:8: link \"l\": mtu: an integer is wanted, not a string");
}

TEST_CASE("what no link can do is refused in the file, as any other value") {
  CHECK(in_link("delay = \"61min\"") == "topology.toml:8: link \"l\": delay \"61min\": it goes up to 60min");
  CHECK(in_link("delay = \"60min\"") == "");
  CHECK(in_link("delay = \"1min\"\njitter = \"3s\"") ==
        "topology.toml:9: link \"l\": jitter \"3s\": it goes up to 2.147s");
  CHECK(in_link("delay = \"1min\"\njitter = \"2.147s\"") == "");
  CHECK(in_link("backward = { delay = \"2h\" }").ends_with("; did you mean \"120min\"?"));
  CHECK(in_link("mtu = 65521") == "");
  CHECK(in_link("mtu = 65522") == "topology.toml:8: link \"l\": mtu 65522: it goes from 1280 to 65521");
  CHECK(after_nodes("[defaults]\ndelay = \"61min\"") ==
        "topology.toml:7: defaults: delay \"61min\": it goes up to 60min");
}

TEST_CASE("impairments that contradict each other") {
  CHECK(in_link("loss = \"1%\"\ngilbert-elliott = { p = \"1%\", r = \"10%\" }") ==
        "topology.toml:6: link \"l\": loss and gilbert-elliott exclude each other: give one of them");
  CHECK(in_link("reorder = \"1%\"") ==
        "topology.toml:6: link \"l\": reorder needs a delay: a packet can only be sent past those that wait");
  CHECK(in_link("jitter = \"1ms\"") == "topology.toml:6: link \"l\": jitter needs a delay to spread");
  CHECK(in_link("delay = \"1ms\"\nbackward = { jitter = \"2ms\", jitter-shape = \"uniform\" }") ==
        "topology.toml:6: link \"l\": backward: a uniform jitter of 2ms is more than the delay of 1ms, which could not "
        "be the "
        "mean");
  CHECK(
      in_link("delay = \"1ms\"\njitter = \"5ms\"") ==
      "topology.toml:6: link \"l\": a normal jitter of 5ms is more than the delay of 1ms, which could not be the mean");
  CHECK(in_link("delay = \"1ms\"\njitter = \"1ms\"") == "");
  CHECK(in_link("gilbert-elliott = { p = \"1%\" }") ==
        "topology.toml:6: link \"l\": gilbert-elliott without r never leaves its bad state");
}

TEST_CASE("an unknown key is answered with the one that may have been meant") {
  CHECK(in_link("dealy = \"1ms\"") == "topology.toml:8: link \"l\": unknown key \"dealy\"; did you mean \"delay\"?");
  CHECK(in_node("role = \"router\"\nadress = \"fd00::1\"") ==
        "topology.toml:8: node \"c\": unknown key \"adress\"; did you mean \"address\"?");
  CHECK(after_nodes("[nods.x]") == "topology.toml:6: unknown key \"nods\"; did you mean \"nodes\"?");
  CHECK(after_nodes("[addressing]\nipv7 = 1") ==
        "topology.toml:7: addressing: unknown key \"ipv7\"; did you mean \"ipv6\"?");
  CHECK(in_node("role = \"router\"\ncolour = \"red\"") ==
        "topology.toml:8: node \"c\": unknown key \"colour\"; known are role, address, ipv4, home");
}

TEST_CASE("roles, names and what a node must have") {
  CHECK(in_node("role = \"mobil\"") == "topology.toml:7: node \"c\": role \"mobil\"; did you mean \"mobile\"?");
  CHECK(in_node("role = \"x\"") ==
        "topology.toml:7: node \"c\": role \"x\"; known are mobile, access-router, anchor, "
        "correspondent, home, router");
  CHECK(in_node("address = \"fd00::1\"") == "topology.toml:6: node \"c\": role is missing, as in role = \"router\"");
  const std::string rule = "a name has 1 to 15 characters of a-z, 0-9, \".\", \"_\" and \"-\"";
  CHECK(node_called("Router") == "topology.toml:1: node \"Router\": " + rule);
  CHECK(node_called("sixteen-letters-") == "topology.toml:1: node \"sixteen-letters-\": " + rule);
  CHECK(node_called("\"a/b\"") == "topology.toml:1: node \"a/b\": " + rule);
  CHECK(node_called("\"..\"") == "topology.toml:1: node \"..\": " + rule);
  CHECK(node_called("\"\"") == "topology.toml:1: node \"\": " + rule);
  CHECK(node_called("lo") == "topology.toml:1: node \"lo\": this name has a meaning of its own; give the node another");
  CHECK(node_called("new") ==
        "topology.toml:1: node \"new\": this name has a meaning of its own; give the node another");
  for (const char* name : {"localhost", "any", "ip6-localhost"}) {
    CHECK(node_called(name) == "topology.toml:1: node \"" + std::string(name) +
                                   "\": this name has a meaning of its own; give the node another");
  }
  CHECK(node_called("anchor") ==
        "topology.toml:1: node \"anchor\": it is named after a role that is not its own, router");
  CHECK(in_node("role = \"router\"\nhome = \"a\"") == "topology.toml:8: node \"c\": home: only a mobile node has one");
  CHECK(in_node("role = \"mobile\"\nhome = \"bb\"") ==
        "topology.toml:8: node \"c\": home: there is no node \"bb\"; known are a, b, c");
  CHECK(after_nodes("[nodes]\nc = 1") == "topology.toml:7: node \"c\": a table is wanted, not an integer");
}

TEST_CASE("a name that programs take for an address or an option is none") {
  const auto address = [](const std::string& name, const std::string& meant) {
    return "topology.toml:1: node \"" + name + "\": programs take this name for the address " + meant +
           "; begin it with a letter";
  };
  CHECK(node_called("1") == address("1", "0.0.0.1"));
  CHECK(node_called("0x1f") == address("0x1f", "0.0.0.31"));
  CHECK(node_called("\"10.1\"") == address("10.1", "10.0.0.1"));
  CHECK(node_called("\"192.0.2.1\"") == address("192.0.2.1", "192.0.2.1"));
  for (const char* good : {"n1", "1a", "\"1.2.3.4.5\"", "4294967296", "_1"}) CHECK(node_called(good) == "");
  const std::string option = ": a name does not begin with \"-\": commands would take it for an option";
  CHECK(node_called("-n") == "topology.toml:1: node \"-n\"" + option);
  CHECK(after_nodes("[links.-l]\nbetween = [\"a\", \"b\"]") == "topology.toml:6: link \"-l\"" + option);
  CHECK(after_nodes("[links.1]\nbetween = [\"a\", \"b\"]") == "");  // nobody looks up a link
}

TEST_CASE("IPv4 where something moves") {
  const std::string moving = "[nodes.mn]\nrole = \"mobile\"\n[nodes.ar]\nrole = \"access-router\"\n";
  CHECK(complaint_about("[addressing]\nipv4 = \"10.0.0.0/8\"\n" + moving) == "");
  CHECK(
      complaint_about("[nodes.mn]\nrole = \"mobile\"\nipv4 = \"192.0.2.1\"\n[nodes.ar]\nrole = \"access-router\"\n") ==
      "topology.toml:1: node \"mn\": ipv4: where a mobile node has IPv4 all nodes need it, and \"ar\" has none; give "
      "it "
      "one, or all of them by addressing.ipv4");
  CHECK(complaint_about(moving + "[links.l]\nbetween = [\"mn\", \"ar\"]\nipv4-subnet = \"192.0.2.0/30\"\n") ==
        "topology.toml:7: link \"l\": ipv4-subnet: a mobile's links have none, since IPv4 goes over them to the IPv6 "
        "address of the other end; leave it out");
  // What stays may have it alone.
  CHECK(complaint_about(moving + "ipv4 = \"192.0.2.9\"\n[nodes.cn]\nrole = \"correspondent\"\nipv4 = \"192.0.2.10\"\n"
                                 "[links.l]\nbetween = [\"ar\", \"cn\"]\nipv4-subnet = \"192.0.2.0/30\"\n") == "");
}

TEST_CASE("addresses a node cannot have") {
  const auto with = [](const std::string& address) {
    return in_node("role = \"router\"\naddress = \"" + address + "\"");
  };
  CHECK(with("fd00::zz") == "topology.toml:8: node \"c\": address \"fd00::zz\" is no IP address");
  CHECK(with("10.0.0.1") == "topology.toml:8: node \"c\": address \"10.0.0.1\": an IPv6 address is wanted");
  for (const char* address : {"::", "::1", "ff02::1", "fe80::1"}) {
    CHECK(with(address) ==
          "topology.toml:8: node \"c\": address \"" + std::string(address) + "\": no node can have this address");
  }
  CHECK(with("fd5e:9e:0:1::1") == "topology.toml:6: node \"c\": address fd5e:9e:0:1::1 is that of node \"a\" too");
  CHECK(with("fd5e:9e:0:2::7") ==
        "topology.toml:6: node \"c\": address fd5e:9e:0:2::7 lies in fd5e:9e:0:2::/64, the locator of node \"b\"");
  CHECK(in_node("role = \"router\"\naddress = \"fd00::1\"\n[nodes.d]\nrole = \"router\"\naddress = \"fd00::1\"") ==
        "topology.toml:9: node \"d\": address fd00::1 is that of node \"c\" too");
  CHECK(in_node("role = \"router\"\nipv4 = \"192.0.2.1\"\n[nodes.d]\nrole = \"router\"\nipv4 = \"192.0.2.1\"") ==
        "topology.toml:9: node \"d\": address 192.0.2.1 is that of node \"c\" too");
  CHECK(in_node("role = \"router\"\naddress = \"fd5e:9e:0:3:1:1::9\"\n[links.l]\nbetween = [\"c\", \"a\"]") ==
        "topology.toml:6: node \"c\": address fd5e:9e:0:3:1:1:0:9 lies in the subnet of link \"l\"");
  CHECK(after_nodes("[addressing]\nipv6 = \"fd00::/64\"") ==
        "topology.toml:7: addressing: ipv6 \"fd00::/64\": its length goes from 8 to 63");
  CHECK(after_nodes("[addressing]\nipv6 = \"fd00::/63\"") ==
        "topology.toml: addressing: ipv6 \"fd00::/63\" has no /64 for "
        "each of 2 nodes");
  CHECK(
      in_link("subnet = \"fd5e:9e:0:9::/64\"") ==
      "topology.toml:6: link \"l\": subnet fd5e:9e:0:9::/64 overlaps fd5e:9e::/48, from which the others are assigned");
  CHECK(in_link("subnet = \"fd01::/64\"\n[links.m]\nbetween = [\"a\", \"b\"]\nsubnet = \"fd01::/60\"") ==
        "topology.toml:9: link \"m\": subnet fd01::/60 overlaps that of link \"l\"");
}

TEST_CASE("links that join nothing") {
  CHECK(after_nodes("[links.l]\nbetween = [\"a\", \"c\"]") ==
        "topology.toml:7: link \"l\": between: there is no node \"c\"; known are a, b");
  CHECK(after_nodes("[links.l]\nbetween = [\"a\", \"a\"]") ==
        "topology.toml:7: link \"l\": between: it joins \"a\" to itself");
  CHECK(after_nodes("[links.l]\nbetween = [\"a\"]") ==
        "topology.toml:7: link \"l\": between: two nodes are wanted, not 1");
  CHECK(after_nodes("[links.l]\ndelay = \"1ms\"") ==
        "topology.toml:6: link \"l\": between is missing, as in between = [\"a\", \"b\"]");
  CHECK(after_nodes("[links.l]\nbetween = [\"a\", 7]") ==
        "topology.toml:7: link \"l\": between: a string in quotes is wanted, not an integer");
  CHECK(after_nodes("[links.l]\nbetween = \"a\"") ==
        "topology.toml:7: link \"l\": between: two nodes are wanted, not 1");
  CHECK(after_nodes("[links]\nl = 5") == "topology.toml:7: link \"l\": a table is wanted, not an integer");
  CHECK(after_nodes("links = 5") ==
        "topology.toml:6: node \"b\": unknown key \"links\"; known are role, address, ipv4, home");
}

TEST_CASE("routes that lead nowhere") {
  const std::string link = "[links.l]\nbetween = [\"a\", \"b\"]\n[nodes.c]\nrole = \"router\"\n[routes]\n";
  CHECK(after_nodes(link + "static = 1") ==
        "topology.toml:11: routes: static: true or false is wanted, not an integer");
  CHECK(after_nodes(link + "extra = [{ at = \"a\", to = \"::/0\", via = \"c\" }]") ==
        "topology.toml:11: routes.extra: via \"c\": it has no link with \"a\"");
  CHECK(after_nodes(link + "extra = [{ at = \"a\", to = \"::/129\", via = \"b\" }]") ==
        "topology.toml:11: routes.extra: to \"::/129\" is no prefix: the length goes from 0 to 128");
  CHECK(after_nodes(link + "extra = [{ at = \"a\", to = \"10.0.0.0/8\", via = \"b\" }]") ==
        "topology.toml:11: routes.extra: to: an IPv4 route needs IPv4 addresses, which addressing.ipv4 would give");
  CHECK(after_nodes(link + "extra = [{ at = \"a\", to = \"::/0\" }]") ==
        "topology.toml:11: routes.extra: via is missing, as in via = \"r2\"");
}

TEST_CASE("all mistakes are reported at once, in the order of the file") {
  CHECK(after_nodes("[links.x]\nbetween = [\"a\", \"q\"]\ndelay = \"1 mile\"\nlos = \"1%\"\n[nodes.c]\nrole = 5\n") ==
        "topology.toml:7: link \"x\": between: there is no node \"q\"; known are a, b, c\n"
        "topology.toml:8: link \"x\": delay \"1 mile\": unknown unit (ns, us, ms, s, min)\n"
        "topology.toml:9: link \"x\": unknown key \"los\"; did you mean \"loss\"?\n"
        "topology.toml:11: node \"c\": role: a string in quotes is wanted, not an integer");
}

TEST_CASE("a file with very many mistakes does not flood the terminal") {
  std::string text;
  for (int i = 0; i < 200; ++i) text += "[nodes.n" + std::to_string(i) + "]\nrole = \"none\"\n";
  const std::string said = complaint_about(text);
  CHECK(std::count(said.begin(), said.end(), '\n') == 50);
  CHECK(said.ends_with("\nand 150 more"));
}

TEST_CASE("a lab has bounds") {
  std::string text;
  for (int i = 0; i < 4097; ++i) text += "[nodes.n" + std::to_string(i) + "]\nrole = \"router\"\n";
  CHECK(complaint_about(text) == "topology.toml:1: nodes: 4097 are too many; up to 4096 will do");
}

TEST_CASE("files that are no topology at all") {
  const std::string lacking =
      "it has no nodes; a lab needs one at least, as in [nodes.r1] with role = \"router\" under it";
  CHECK(complaint_about("") ==
        "topology.toml: it is empty; a lab needs one node at least, as in [nodes.r1] with role = \"router\" under it");
  CHECK(complaint_about("# nothing\n\n").starts_with("topology.toml: it is empty"));
  CHECK(complaint_about("title = \"x\"") == "topology.toml: " + lacking);
  CHECK(complaint_about("[nodes]\n") == "topology.toml: " + lacking);
  CHECK(complaint_about("nodes = 3") == "topology.toml:1: nodes: a table is wanted, not an integer");
  CHECK(complaint_about("[nodes.a\nrole = 1").starts_with("topology.toml:1:"));
  CHECK(complaint_about("[nodes.a]\nrole = \"router\"\n[nodes.a]\nrole = \"home\"\n").starts_with("topology.toml:3:"));
  CHECK(complaint_about("[links.a]\n[links.a]\n").starts_with("topology.toml:2:"));
  CHECK(complaint_about("\xff\xfe\xff").starts_with("topology.toml:1:"));
  CHECK(complaint_about("<html><body>Not found</body></html>").starts_with("topology.toml:1:"));
  CHECK(complaint_about("a = \"\x01\"").starts_with("topology.toml:1:"));
}

TEST_CASE("nesting is bounded, by dots and by brackets") {
  std::string dots = "a";
  for (int i = 0; i < 100'000; ++i) dots += ".a";
  CHECK(complaint_about("x = 1\n" + dots + " = 1\n") ==
        "topology.toml:2: more than 64 dots in one line; break the line");
  CHECK(complaint_about("a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a = 1") ==
        "topology.toml:1: nested deeper than 32 levels");
  CHECK(complaint_about("a = " + std::string(100'000, '[')).starts_with("topology.toml:1:"));
  std::string nested = "a = ";
  for (int i = 0; i < 250; ++i) nested += "[{a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a = \n";
  CHECK(complaint_about(nested) != "");
}

TEST_CASE("a file that cannot be a lab's is not read") {
  const Scratch scratch;
  const auto file = scratch.path() / "topology.toml";
  const auto said = [&] { return complaint([&] { load_topology(file); }); };
  std::ofstream(file) << std::string("[nodes.a]\nrole = \"router\"\n\0", 27);
  CHECK(said() == "read " + file.string() + ": byte 26 is NUL; this is no text file");
  // 100 MB without a byte of it on the disk.
  std::filesystem::resize_file(file, 100'000'000);
  CHECK(said() == "read " + file.string() + ": it has 100000000 bytes; more than 4194304 cannot be right");
  std::filesystem::remove(file);
  std::filesystem::create_directory(file);
  CHECK(complaint([&] { load_topology(scratch.path()); }) == "read " + file.string() + ": it is a folder");
  std::filesystem::remove(file);
  REQUIRE(::mkfifo(file.c_str(), 0600) == 0);
  CHECK(said() == "read " + file.string() + ": it is no regular file");
}
