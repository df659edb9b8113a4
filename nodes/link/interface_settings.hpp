// Settings of an interface that the kernel takes by ioctl only. All apply to the calling thread's namespace.
#pragma once

#include <string>

namespace segue::link {

// Whether the interface takes TCP segments larger than the MTU. Off, the sender's stack cuts them before the qdisc.
void set_segmentation(const std::string& interface, bool offloaded);

// What a veth hands to its other end as it is. With `whole`, what a TAP with all offloads would: TCP and UDP segments
// of either family over the MTU, and checksums left open; else single packets, whose checksums may be open all the same
// (netlink/tap.hpp says why). Never segments that are in a tunnel's header, which a virtio_net_hdr cannot say.
void set_offloads(const std::string& veth, bool whole);

}  // namespace segue::link
