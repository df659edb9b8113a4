// Building and reading netlink messages: libnl's, in the shape the rest of this folder needs. Not for other folders.
#pragma once

#include <netlink/attr.h>
#include <netlink/msg.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "nodes/base/ip.hpp"
#include "nodes/netlink/socket.hpp"

namespace segue::netlink {

template <auto Free>
struct With {
  void operator()(auto* handle) const noexcept { Free(handle); }
};

// Attributes are added in order; begin() and end() nest. Throws Error if the message outgrows its room.
class Message {
 public:
  // `flags` besides NLM_F_REQUEST. `room` in bytes.
  explicit Message(int type, int flags = 0, std::size_t room = 4096);

  // The family header that follows the netlink header: ifinfomsg, rtmsg, tcmsg …
  template <typename Header>
  Message& header(const Header& value) {
    return append(&value, sizeof value);
  }
  template <typename Value>
  requires std::is_trivially_copyable_v<Value> Message& put(int type, const Value& value) {
    return put_bytes(type, &value, sizeof value);
  }
  Message& put(int type, const Address& address) { return put_bytes(type, address.bytes.data(), address.size()); }
  Message& put_text(int type, std::string_view text);  // with its final zero
  Message& put_bytes(int type, const void* data, std::size_t size);
  // A structure that is no attribute, padded to 4 bytes: TCA_OPTIONS of some qdiscs begin with one.
  template <typename Value>
  Message& append(const Value& value) {
    return append(&value, sizeof value);
  }

  nlattr* begin(int type);  // a nested attribute, without the nested flag, which older kernels' parsers do not expect
  void end(nlattr* nested);

  Request request(std::string attempt) const;

 private:
  Message& append(const void* data, std::size_t size);

  std::unique_ptr<nl_msg, With<nlmsg_free>> message_;
};

// The attributes of one nest by type. Of two of the same type the last counts, as in the kernel. Strict: throws Error
// if an attribute is longer than what is left, so that nothing is read past the end.
class Attributes {
 public:
  static constexpr int max_type = 63;  // higher ones are ignored

  explicit Attributes(std::span<const std::byte> bytes);

  bool has(int type) const noexcept { return present_[type]; }
  std::span<const std::byte> at(int type) const noexcept { return values_[type]; }
  // The value, or nothing if the attribute is absent. Throws Error if it is shorter than a Value.
  template <typename Value>
  std::optional<Value> get(int type) const {
    if (!present_[type]) return std::nullopt;
    Value value;
    if (values_[type].size() < sizeof value) refuse(type);
    std::memcpy(&value, values_[type].data(), sizeof value);
    return value;
  }
  std::optional<Address> address(int type, Family family) const;
  std::string text(int type) const;  // "" if absent

 private:
  [[noreturn]] static void refuse(int type);

  std::array<bool, max_type + 1> present_{};
  std::array<std::span<const std::byte>, max_type + 1> values_{};
};

// What follows the netlink header: a family header, then attributes. Throws Error if it is too short.
template <typename Header>
struct Payload {
  Header header;
  Attributes attributes;
};
template <typename Header>
Payload<Header> payload_of(const nlmsghdr& message) {
  const auto* data = static_cast<const std::byte*>(nlmsg_data(&message));
  const std::span bytes(data, static_cast<std::size_t>(nlmsg_datalen(&message)));
  Header header;
  if (bytes.size() < sizeof header) throw Error("read a netlink message: too short");
  std::memcpy(&header, bytes.data(), sizeof header);
  const std::size_t padded = std::min<std::size_t>(NLMSG_ALIGN(sizeof header), bytes.size());
  return {header, Attributes(bytes.subspan(padded))};
}

// Calls `visit(const nlmsghdr&)` for each message of a dump.
template <typename Visit>
void for_each_message(std::span<const std::byte> bytes, Visit visit) {
  const auto* message = reinterpret_cast<const nlmsghdr*>(bytes.data());
  int left = static_cast<int>(bytes.size());
  for (; nlmsg_ok(message, left); message = nlmsg_next(const_cast<nlmsghdr*>(message), &left)) visit(*message);
}

std::uint8_t family_number(Family family) noexcept;  // AF_INET, AF_INET6
std::optional<Family> family_of(std::uint8_t number) noexcept;

}  // namespace segue::netlink
