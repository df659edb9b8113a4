#include "nodes/link/interface_settings.hpp"

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>

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

}  // namespace

void set_queue_length(const std::string& interface, int packets) {
  ifreq request = request_for(interface);
  request.ifr_qlen = packets;
  perform(SIOCSIFTXQLEN, request, "set the queue length of " + interface);
}

void set_segmentation(const std::string& interface, bool offloaded) {
  for (const unsigned command : {ETHTOOL_STSO, ETHTOOL_SGSO}) {
    ethtool_value value{command, offloaded ? 1U : 0U};
    ifreq request = request_for(interface);
    request.ifr_data = reinterpret_cast<char*>(&value);
    perform(SIOCETHTOOL, request, "set the segmentation offloads of " + interface);
  }
}

}  // namespace segue::link
