// Sysctls, by file, as the calling thread's namespace has them.
//
// Where /proc/sys is mounted read-only, as container runtimes do, they go through a procfs instance of our own that is
// mounted nowhere.
#pragma once

#include <string>
#include <string_view>

namespace segue::netlink {

// `name` is a path: "net/ipv6/conf/all/forwarding". Throws Error: "write sysctl net/ipv6/…: No such file or directory".
void write_sysctl(std::string_view name, std::string_view value);
std::string read_sysctl(std::string_view name);  // without the end of line

}  // namespace segue::netlink
