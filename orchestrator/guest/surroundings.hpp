// Makes a freshly booted guest fit to work in; internal to this folder, for process 1 of a guest only.
#pragma once

#include "orchestrator/guest/orders.hpp"

namespace segue::guest {

// Mounts the kernel's file systems, the guest's own /dev, /run and /tmp, and over them the folders the orders name;
// brings the loopback up, names the host, and fixes the kernel's random numbers. Throws Error.
void arrange_surroundings(const Orders& orders);

}  // namespace segue::guest
