// How commands find a lab that is up: an abstract Unix socket named after it.
//
// An abstract name lives as long as the process that bound it and leaves no file, however that process ends. It is seen
// in the host's network namespace, by the lab's owner and root only (the peer's credentials are checked).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nodes/base/fd.hpp"

namespace segue::keeper {

// Throws InputError for a name by which nobody could reach a lab: empty, too long, like an option, or with characters that
// are none (of control, or no UTF-8).
void check_lab_name(const std::string& lab);

// Throws InputError for such a name, and if a lab of this name is up already.
Fd listen_as(const std::string& lab);

// Throws InputError, with the names of the labs that are up, if this one is not.
Fd connect_to(const std::string& lab);

std::vector<std::string> labs_up();  // of this user, in order of their names

// The process that listens at the other end, to be signalled: in whatever state it is, and if it never accepts. None if
// it has gone. Throws Error.
Fd listener_behind(int fd);

Fd accept_owner(int listener);  // none if the peer is somebody else

// One message of any length, and perhaps a descriptor with it. Does not wait for a reader that has not taken the message
// before.
void send_message(int fd, std::string_view text, int descriptor = -1);
struct Incoming {
  std::string text;
  Fd descriptor;
};
std::optional<Incoming> receive_message(int fd);  // nothing: the other end has closed

}  // namespace segue::keeper
