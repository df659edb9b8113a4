// Waits until what was set up is in force.
//
// The kernel acknowledges two things that it does a moment later, in a worker of its own: an interface that is up and
// has its carrier begins to transmit, and an IPv6 address (without duplicate address detection) gets its local route
// and begins to answer its neighbours. A packet that comes in between is lost, and a lost neighbour solicitation is
// repeated after a second.
#pragma once

namespace segue::netlink {

// In the calling thread's namespace, for every interface that is up. Waits for the kernel's own notifications; takes
// about 0.1 ms. Addresses whose detection runs are not waited for. Needs Linux 6.9 for the carrier. Throws Error if
// something has not come into force after two seconds.
void settle();

}  // namespace segue::netlink
