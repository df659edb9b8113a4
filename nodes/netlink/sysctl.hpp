// Sysctls, by file, as the calling thread's namespace has them.
//
// They go through a procfs instance of our own that is mounted nowhere, where the privilege for that is there:
// container runtimes mount /proc/sys read-only, and thousands of namespaces in one instance are slow. Threading: one
// thread at a time.
#pragma once

#include <string>
#include <string_view>

namespace segue::netlink {

// `name` is a path: "net/ipv6/conf/all/forwarding". Throws Error: "write sysctl net/ipv6/…: No such file or directory".
void write_sysctl(std::string_view name, std::string_view value);
std::string read_sysctl(std::string_view name);  // without the end of line

}  // namespace segue::netlink
