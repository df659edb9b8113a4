#include "orchestrator/guest/options.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "nodes/base/error.hpp"

using namespace segue;
using namespace segue::guest;

TEST_CASE("a fragment's options are read and its comments skipped") {
  const auto options = parse_kernel_options("# why\n\nCONFIG_VETH=y\nCONFIG_BLOCK=n\r\nCONFIG_NAME=\"a=b\"");
  CHECK(options == std::vector<KernelOption>{{"CONFIG_VETH", "y"}, {"CONFIG_BLOCK", "n"}, {"CONFIG_NAME", "\"a=b\""}});
}

TEST_CASE("a finished configuration says what is not set") {
  CHECK(parse_kernel_options("# CONFIG_BLOCK is not set\n") == std::vector<KernelOption>{{"CONFIG_BLOCK", "n"}});
}

TEST_CASE("a line that is neither option nor comment is refused with its number") {
  for (const char* text : {"CONFIG_A=y\nVETH=y", "CONFIG_A=y\nCONFIG_B",
                           "CONFIG_A=y\nCONFIG_B=", "CONFIG_A=y\nCONFIG_=y", "CONFIG_A=y\nCONFIG_B C=y"})
    CHECK_THROWS_WITH_AS(parse_kernel_options(text), doctest::Contains("line 2"), InputError);
}

TEST_CASE("an option Kconfig dropped, changed or brought along is missed") {
  const std::vector<KernelOption> asked{
      {"CONFIG_A", "y"}, {"CONFIG_B", "y"}, {"CONFIG_C", "n"}, {"CONFIG_D", "n"}, {"CONFIG_E", "n"}};
  const std::vector<KernelOption> config{{"CONFIG_A", "y"}, {"CONFIG_B", "m"}, {"CONFIG_C", "y"}, {"CONFIG_D", "n"}};
  CHECK(missing_options(asked, config) == std::vector<KernelOption>{{"CONFIG_B", "y"}, {"CONFIG_C", "n"}});
  CHECK(missing_options({{"CONFIG_X", "y"}}, config) == std::vector<KernelOption>{{"CONFIG_X", "y"}});
}

TEST_CASE("the hash changes with an option or its value and not with comments or order") {
  const auto hash = [](std::string_view text) { return options_hash(parse_kernel_options(text)); };
  const auto base = hash("CONFIG_A=y\nCONFIG_B=y\n");
  CHECK(base.size() == 8);
  CHECK(hash("# new\nCONFIG_B=y\n\nCONFIG_A=y\n") == base);
  CHECK(hash("CONFIG_A=y\nCONFIG_B=n\n") != base);
  CHECK(hash("CONFIG_A=y\n") != base);
  CHECK(hash("CONFIG_A=y\nCONFIG_B=y\nCONFIG_C=y\n") != base);
}

TEST_CASE("the options in the program name what mechanisms and applications need, each once") {
  const auto options = parse_kernel_options(kernel_options_text());
  std::set<std::string> names;
  for (const auto& option : options) CHECK_MESSAGE(names.insert(option.name).second, option.name);
  for (const char* name : {"UML_TIME_TRAVEL_SUPPORT",
                           "NET_SCH_NETEM",
                           "NET_SCH_TBF",
                           "NET_SCH_FQ",
                           "IPV6_TUNNEL",
                           "NET_IPIP",
                           "NET_IPGRE",
                           "IPV6_GRE",
                           "IPV6_SEG6_LWTUNNEL",
                           "IPV6_MIP6",
                           "IPV6_MULTIPLE_TABLES",
                           "NET_VRF",
                           "TUN",
                           "TCP_CONG_BBR",
                           "MPTCP",
                           "WIREGUARD",
                           "INET_ESP",
                           "INET6_ESP",
                           "CRYPTO_CBC",
                           "CRYPTO_GCM",
                           "NF_TABLES",
                           "NFT_NAT",
                           "NFT_CT",
                           "HOSTFS"})
    CHECK_MESSAGE(std::count(options.begin(), options.end(), KernelOption{std::string("CONFIG_") + name, "y"}) == 1,
                  name);
}
