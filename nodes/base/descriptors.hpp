// Descriptors that go from one process to another, along with a message over a Unix socket (SCM_RIGHTS).
#pragma once

#include <sys/types.h>
#include <sys/uio.h>

#include <cstddef>
#include <span>

#include "nodes/base/fd.hpp"

namespace segue {

inline constexpr std::size_t most_descriptors = 8;  // in one message

// sendmsg(2) and what it returns, errno too; an end that is gone is no SIGPIPE. The receiver gets duplicates.
ssize_t send_with(int socket, std::span<const iovec> parts, std::span<const int> descriptors, int flags = 0);

// recvmsg(2) and what it returns, errno too. Descriptors come close-on-exec; those for which `descriptors` has no room
// are closed.
ssize_t receive_with(int socket, std::span<std::byte> bytes, std::span<Fd> descriptors, int flags = 0);

}  // namespace segue
