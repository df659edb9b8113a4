#include "nodes/netlink/tap.hpp"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <cstring>

#include "nodes/base/error.hpp"

namespace segue::netlink {
namespace {

// Linux 6.2; the headers of Debian 12 are older than the kernels it runs on.
constexpr unsigned tun_f_uso4 = 0x20;
constexpr unsigned tun_f_uso6 = 0x40;

Fd try_control() { return Fd(::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC)); }

Fd open_control() {
  Fd fd = try_control();
  if (fd) return fd;
  const std::string reason = std::strerror(errno);
  throw MachineError("open /dev/net/tun: " + reason +
                     "; load the module (`modprobe tun`) or give the container the device (`--device /dev/net/tun`)");
}

Fd open_device(const std::string& name, int kind, const std::string& attempt) {
  if (name.empty() || name.size() >= IFNAMSIZ) throw Error(attempt + ": a name has 1 to 15 bytes");
  Fd fd = open_control();
  ifreq request{};
  name.copy(request.ifr_name, IFNAMSIZ - 1);
  request.ifr_flags = static_cast<short>(IFF_NO_PI | kind);
  if (::ioctl(fd.get(), TUNSETIFF, &request) < 0) {
    if (errno == EPERM) throw MachineError(attempt + ": Operation not permitted; run as root, or with CAP_NET_ADMIN");
    throw_errno(attempt);
  }
  return fd;
}

}  // namespace

bool may_open_taps() { return static_cast<bool>(try_control()); }

Fd open_tap(const std::string& name, const TapOptions& options) {
  const std::string attempt = "create tap " + name;
  Fd fd = open_device(name, IFF_TAP | (options.vnet_hdr ? IFF_VNET_HDR : 0), attempt);
  if (options.vnet_hdr) {
    check(::ioctl(fd.get(), TUNSETVNETHDRSZ, &options.vnet_hdr_size), attempt + ": set the header size");
  }
  return fd;
}

Fd open_tun(const std::string& name) { return open_device(name, IFF_TUN, "create tun " + name); }

void set_offloads(int tap, bool segments) {
  if (!segments) {
    check(::ioctl(tap, TUNSETOFFLOAD, static_cast<unsigned long>(TUN_F_CSUM)), "take the offloads off a tap");
    return;
  }
  const unsigned long basic = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN;
  if (::ioctl(tap, TUNSETOFFLOAD, basic | tun_f_uso4 | tun_f_uso6) == 0) return;
  check(::ioctl(tap, TUNSETOFFLOAD, basic), "set the offloads of a tap");
}

}  // namespace segue::netlink
