// TAP and TUN interfaces: Ethernet frames, or IP packets, through a descriptor.
#pragma once

#include <string>

#include "nodes/base/fd.hpp"

namespace segue::netlink {

struct TapOptions {
  // A virtio_net_hdr precedes every frame in both directions, so that segments up to 64 KiB pass whole and checksums
  // are left to whoever needs them.
  bool vnet_hdr = true;
  // Bytes of that header: 10 (struct virtio_net_hdr) or 12 (with num_buffers, which a TAP leaves 0).
  int vnet_hdr_size = 10;
};

// Whether this process may open /dev/net/tun.
bool may_open_taps();

// Creates the interface in the calling thread's namespace, down, and gone when the descriptor closes. Frames carry no
// packet information (IFF_NO_PI). Non-blocking, close-on-exec. Throws MachineError, with what to do, if there is no
// /dev/net/tun or it may not be used.
Fd open_tap(const std::string& name, const TapOptions& options = {});

// The same for IP packets, without any header before them and without offloads: the kernel cuts segments to the
// interface's MTU and completes checksums.
Fd open_tun(const std::string& name);

// What the reader of `tap` accepts from the kernel: frames whose checksum is left open, and with `segments` TCP
// segments over the MTU (TSO of both families; also UDP segments where the kernel can). Needs vnet_hdr. May be changed
// at any time.
//
// Checksums stay open, since what a UDP socket sends as one segment (UDP_SEGMENT) to an interface that leaves none open
// loses sight of where its checksum begins when a tunnel's header comes in front of it, and the kernel then drops it.
void set_offloads(int tap, bool segments);

}  // namespace segue::netlink
