#include "nodes/link/interface_settings.hpp"

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>
#include <vector>

#include "nodes/base/error.hpp"
#include "nodes/base/fd.hpp"

namespace segue::link {
namespace {

ifreq request_for(const std::string& interface) {
  ifreq request{};
  interface.copy(request.ifr_name, IFNAMSIZ - 1);
  return request;
}

void perform(unsigned long number, ifreq& request, const std::string& attempt) {
  const Fd socket(check(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), attempt));
  check(::ioctl(socket.get(), number, &request), attempt);
}

// The features of interfaces, as this kernel numbers them.
class FeatureNames {
 public:
  explicit FeatureNames(const std::string& any_interface) {
    alignas(ethtool_sset_info) std::array<char, sizeof(ethtool_sset_info) + sizeof(__u32)> question{};
    auto* size = reinterpret_cast<ethtool_sset_info*>(question.data());
    size->cmd = ETHTOOL_GSSET_INFO;
    size->sset_mask = 1ULL << ETH_SS_FEATURES;
    ask(any_interface, size);
    const __u32 count = size->data[0];
    std::vector<char> answer(sizeof(ethtool_gstrings) + std::size_t{count} * ETH_GSTRING_LEN);
    auto* strings = reinterpret_cast<ethtool_gstrings*>(answer.data());
    strings->cmd = ETHTOOL_GSTRINGS;
    strings->string_set = ETH_SS_FEATURES;
    strings->len = count;
    ask(any_interface, strings);
    for (__u32 i = 0; i < count; ++i) {
      const char* name = answer.data() + sizeof *strings + std::size_t{i} * ETH_GSTRING_LEN;
      names_.emplace_back(name, ::strnlen(name, ETH_GSTRING_LEN));
    }
  }

  const std::vector<std::string>& all() const noexcept { return names_; }

 private:
  static void ask(const std::string& interface, void* question) {
    ifreq request = request_for(interface);
    request.ifr_data = static_cast<char*>(question);
    perform(SIOCETHTOOL, request, "ask for the names of the features of " + interface);
  }

  std::vector<std::string> names_;
};

constexpr std::string_view passed_whole[] = {"tx-tcp-segmentation",  "tx-tcp-ecn-segmentation",
                                             "tx-tcp6-segmentation", "tx-udp-segmentation",
                                             "tx-scatter-gather",    "tx-generic-segmentation"};
constexpr std::string_view open_checksum = "tx-checksum-ip-generic";

bool is_transmission(std::string_view feature) {
  return feature.starts_with("tx-") && (feature.ends_with("-segmentation") || feature.starts_with("tx-checksum-") ||
                                        feature.starts_with("tx-gso-") || feature == "tx-scatter-gather");
}

}  // namespace

void set_segmentation(const std::string& interface, bool offloaded) {
  for (const unsigned command : {ETHTOOL_STSO, ETHTOOL_SGSO}) {
    ethtool_value value{command, offloaded ? 1U : 0U};
    ifreq request = request_for(interface);
    request.ifr_data = reinterpret_cast<char*>(&value);
    perform(SIOCETHTOOL, request, "set the segmentation offloads of " + interface);
  }
}

void set_offloads(const std::string& veth, bool whole) {
  static const FeatureNames names(veth);
  const std::size_t blocks = (names.all().size() + 31) / 32;
  std::vector<char> bytes(sizeof(ethtool_sfeatures) + blocks * sizeof(ethtool_set_features_block));
  auto* wanted = reinterpret_cast<ethtool_sfeatures*>(bytes.data());
  wanted->cmd = ETHTOOL_SFEATURES;
  wanted->size = static_cast<__u32>(blocks);
  for (std::size_t i = 0; i < names.all().size(); ++i) {
    if (!is_transmission(names.all()[i])) continue;
    const bool on = names.all()[i] == open_checksum ||
                    (whole && std::count(std::begin(passed_whole), std::end(passed_whole), names.all()[i]) > 0);
    wanted->features[i / 32].valid |= 1U << i % 32;
    wanted->features[i / 32].requested |= (on ? 1U : 0U) << i % 32;
  }
  ifreq request = request_for(veth);
  request.ifr_data = bytes.data();
  perform(SIOCETHTOOL, request, "set the offloads of " + veth);
}

}  // namespace segue::link
