// A lab without root: a user namespace, in which its process has every capability over the network namespaces that it
// makes there, and none outside.
//
// Whoever is in it stays who he is, by number, and so do the programs he starts; they keep the capabilities (as ambient
// ones), user 0 or not. Programs that would give up a root's rights, as tcpdump does, have none to give up.
//
// Threading: a user namespace belongs to a process, and the kernel lets only a process of one thread change its own. So
// this comes before anything that starts one. A network namespace belongs to a thread, and out of one that is outside
// there is no way back: who enters others (netns.hpp) has to leave that for good.
#pragma once

#include <functional>
#include <optional>
#include <string>

namespace segue::netlink {

// Whether this process may make network namespaces and configure them as it is: CAP_SYS_ADMIN and CAP_NET_ADMIN.
bool has_privilege();

// Without that privilege, moves the process into a user namespace of its own, and a mount namespace that belongs to it.
// Its network stays. Throws MachineError, with the reason and what to do, where the system forbids it.
void enter_user_namespace();

// Moves the calling thread, and those that it starts, out of a network that the process has no privilege over, into an
// empty one of its own. Nothing if it has the privilege.
void leave_network();

// Both.
void acquire_privilege();

// Moves the process into a network namespace for good; without the privilege, into the user namespace that it belongs
// to as well. Throws Error.
void move_into(int network_namespace);

// The text of a file, nothing if it cannot be read: how why_refused() looks at the machine.
using ReadFile = std::function<std::optional<std::string>(const std::string& path)>;
std::optional<std::string> read_this_machine(const std::string& path);

// Why the kernel answers with `error` to who wants a user namespace, and the one command that allows it.
std::string why_refused(int error, const ReadFile& read);

}  // namespace segue::netlink
