#include "orchestrator/keeper/control_socket.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <span>

#include "nodes/base/descriptors.hpp"
#include "nodes/base/error.hpp"

namespace segue::keeper {

namespace {

// A message begins with where its text is. A long one, as a lab of some hundred nodes has, goes in a file in memory:
// what a socket takes at once is limited, and waiting for its reader would be waiting for a stranger.
enum class Place : char { here = 'h', file = 'f' };
constexpr std::size_t longest_here = 64 * 1024;

std::string prefix() { return fmt::format("segue/{}/", ::geteuid()); }

struct Name {
  sockaddr_un address{};
  socklen_t length = 0;
};

Name abstract_name(const std::string& lab) {
  const std::string name = prefix() + lab;
  Name result;
  result.address.sun_family = AF_UNIX;
  if (name.size() + 1 > sizeof result.address.sun_path) {
    throw InputError(fmt::format("lab name \"{}\": too long", lab));
  }
  name.copy(result.address.sun_path + 1, sizeof result.address.sun_path - 1);
  result.length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  return result;
}

// Whether `code` is a character that is to be seen, and could not have been written with fewer than `bytes` more bytes.
bool is_printable(std::uint32_t code, unsigned more) {
  constexpr std::array<std::uint32_t, 4> least{0x20, 0xa0, 0x800, 0x10000};  // behind DEL and the C1 controls
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  return code >= least[more] && code != 0x7f && !surrogate && code <= 0x10ffff;
}

bool is_printable(std::string_view utf8) {
  for (std::size_t i = 0; i < utf8.size();) {
    const auto first = static_cast<unsigned char>(utf8[i++]);
    const unsigned more = first < 0xc0 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    if ((first >= 0x80 && more == 0) || first >= 0xf8 || utf8.size() - i < more) return false;
    std::uint32_t code = more == 0 ? first : first & (0x3fU >> more);
    for (const std::size_t end = i + more; i < end; ++i) {
      const auto next = static_cast<unsigned char>(utf8[i]);
      if ((next & 0xc0) != 0x80) return false;
      code = code << 6 | (next & 0x3fU);
    }
    if (!is_printable(code, more)) return false;
  }
  return true;
}

// What is no printable ASCII is shown as '?'.
std::string shown(std::string_view name) {
  std::string text(name);
  for (char& c : text) {
    if (c < 0x20 || c == 0x7f) c = '?';
  }
  return text;
}

Fd open_socket() { return Fd(check(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), "open a control socket")); }

// Anybody may bind a name that begins with this user's number.
bool is_ours(const Fd& connection) {
  ucred peer{};
  socklen_t size = sizeof peer;
  check(::getsockopt(connection.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size), "ask whose lab this is");
  return peer.uid == ::geteuid();
}

// Nothing if no lab of this user has the name.
Fd find(const std::string& lab) {
  Fd fd = open_socket();
  const Name name = abstract_name(lab);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&name.address), name.length) == 0) {
    return is_ours(fd) ? std::move(fd) : Fd();
  }
  if (errno != ECONNREFUSED) throw_errno("connect to lab " + lab);
  return {};
}

Fd file_with(std::string_view text) {
  Fd file(check(::memfd_create("message", MFD_CLOEXEC), "make room for a long message"));
  while (!text.empty()) {
    const auto written = check(::write(file.get(), text.data(), text.size()), "write a long message");
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return file;
}

std::string text_of(const Fd& file) {
  struct stat status {};
  check(::fstat(file.get(), &status), "read a long message");
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  std::size_t done = 0;
  while (done < text.size()) {
    const auto length = ::pread(file.get(), text.data() + done, text.size() - done, static_cast<off_t>(done));
    if (check(length, "read a long message") == 0) throw Error("read a long message: it ends before its end");
    done += static_cast<std::size_t>(length);
  }
  return text;
}

void send_packet(int fd, Place place, std::string_view text, std::span<const int> along) {
  const std::array<iovec, 2> parts{iovec{&place, sizeof place}, iovec{const_cast<char*>(text.data()), text.size()}};
  check(send_with(fd, parts, along), "answer on the control socket");
}

ucred peer_of(int fd, const char* attempt) {
  ucred peer{};
  socklen_t size = sizeof peer;
  check(::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size), attempt);
  return peer;
}

}  // namespace

void check_lab_name(const std::string& lab) {
  const char* fault = nullptr;
  if (lab.empty()) fault = "it is empty";
  if (lab.starts_with('-')) fault = "commands would take it for an option";
  if (!is_printable(lab)) fault = "it has characters that cannot be printed";
  if (fault != nullptr)
    throw InputError(fmt::format("lab name \"{}\": {}; give it another with --name", shown(lab), fault));
  abstract_name(lab);
}

Fd listen_as(const std::string& lab) {
  check_lab_name(lab);
  Fd fd = open_socket();
  const Name name = abstract_name(lab);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&name.address), name.length) != 0) {
    if (errno == EADDRINUSE) {
      throw InputError(fmt::format("a lab named \"{}\" is up already: `segue down {}`, or another --name", lab, lab));
    }
    throw_errno("bind the control socket of lab " + lab);
  }
  check(::listen(fd.get(), 16), "listen on the control socket of lab " + lab);
  return fd;
}

Fd connect_to(const std::string& lab) {
  Fd fd = find(lab);
  if (fd) return fd;
  const auto up = labs_up();
  throw InputError(fmt::format("no lab named \"{}\" is up; {}", lab,
                               up.empty() ? "none is: `segue up LAB`" : fmt::format("up: {}", fmt::join(up, ", "))));
}

std::vector<std::string> labs_up() {
  std::vector<std::string> names;
  const std::string wanted = "@" + prefix();
  std::ifstream file("/proc/net/unix");
  for (std::string line; std::getline(file, line);) {
    const auto at = line.find(wanted);
    if (at != std::string::npos) names.push_back(line.substr(at + wanted.size()));
  }
  std::sort(names.begin(), names.end());  // accepted connections carry the name too
  names.erase(std::unique(names.begin(), names.end()), names.end());
  std::erase_if(names, [](const std::string& name) { return !find(name); });
  return names;
}

Fd listener_behind(int fd) {
  Fd process(static_cast<int>(::syscall(SYS_pidfd_open, peer_of(fd, "ask who listens").pid, 0U)));
  if (!process && errno != ESRCH) throw_errno("watch who listens");
  // It bound the name until now, so the number was not another one's when it was taken.
  pollfd other_end{fd, 0, 0};
  if (::poll(&other_end, 1, 0) > 0) process.reset();
  return process;
}

Fd accept_owner(int listener) {
  Fd fd(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
  if (!fd) return fd;
  const ucred peer = peer_of(fd.get(), "ask who connects");
  if (peer.uid != ::geteuid() && peer.uid != 0) fd.reset();
  return fd;
}

void send_message(int fd, std::string_view text, int descriptor) {
  if (text.size() <= longest_here) {
    const std::array along{descriptor};
    return send_packet(fd, Place::here, text, std::span(along).first(descriptor >= 0 ? 1 : 0));
  }
  const Fd file = file_with(text);
  const std::array along{file.get(), descriptor};
  send_packet(fd, Place::file, {}, std::span(along).first(descriptor >= 0 ? 2 : 1));
}

std::optional<Incoming> receive_message(int fd) {
  Incoming incoming;
  incoming.text.resize(1 + longest_here);
  std::array<Fd, 2> along;
  const ssize_t length = receive_with(fd, std::as_writable_bytes(std::span(incoming.text)), along);
  if (length <= 0) return std::nullopt;
  incoming.text.resize(static_cast<std::size_t>(length));
  const auto place = static_cast<Place>(incoming.text.front());
  incoming.text.erase(0, 1);
  if (place == Place::file && along[0]) return Incoming{text_of(along[0]), std::move(along[1])};
  incoming.descriptor = std::move(along[0]);
  return incoming;
}

}  // namespace segue::keeper
