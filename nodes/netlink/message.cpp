#include "nodes/netlink/message.hpp"

#include <sys/socket.h>

namespace segue::netlink {
namespace {

void check_room(bool there_was) {
  if (!there_was) throw Error("build a netlink message: it has no room for that");
}

}  // namespace

Message::Message(int type, int flags, std::size_t room) : message_(nlmsg_alloc_size(room)) {
  check_room(message_ != nullptr && nlmsg_put(message_.get(), 0, 0, type, 0, NLM_F_REQUEST | flags) != nullptr);
}

Message& Message::append(const void* data, std::size_t size) {
  check_room(nlmsg_append(message_.get(), const_cast<void*>(data), size, NLMSG_ALIGNTO) == 0);
  return *this;
}

Message& Message::put_bytes(int type, const void* data, std::size_t size) {
  check_room(nla_put(message_.get(), type, static_cast<int>(size), data) == 0);
  return *this;
}

Message& Message::put_text(int type, std::string_view text) {
  const std::string terminated(text);
  return put_bytes(type, terminated.c_str(), terminated.size() + 1);
}

nlattr* Message::begin(int type) {
  nlattr* nested = nla_reserve(message_.get(), type, 0);
  check_room(nested != nullptr);
  return nested;
}

void Message::end(nlattr* nested) {
  const auto* tail = static_cast<const char*>(nlmsg_tail(nlmsg_hdr(message_.get())));
  const auto size = tail - reinterpret_cast<const char*>(nested);
  check_room(size <= UINT16_MAX);
  nested->nla_len = static_cast<std::uint16_t>(size);
}

Request Message::request(std::string attempt) const {
  const nlmsghdr* header = nlmsg_hdr(message_.get());
  const auto* bytes = reinterpret_cast<const std::byte*>(header);
  return Request(std::move(attempt), {bytes, bytes + header->nlmsg_len});
}

Attributes::Attributes(std::span<const std::byte> bytes) {
  while (bytes.size() >= NLA_HDRLEN) {
    nlattr attribute;
    std::memcpy(&attribute, bytes.data(), sizeof attribute);
    if (attribute.nla_len < NLA_HDRLEN || attribute.nla_len > bytes.size()) {
      throw Error("read a netlink message: an attribute of wrong length");
    }
    if (const int type = nla_type(&attribute); type <= max_type) {
      present_[type] = true;
      values_[type] = bytes.subspan(NLA_HDRLEN, attribute.nla_len - NLA_HDRLEN);
    }
    bytes = bytes.subspan(std::min<std::size_t>(NLA_ALIGN(attribute.nla_len), bytes.size()));
  }
  if (!bytes.empty()) throw Error("read a netlink message: an attribute is cut off");
}

void Attributes::refuse(int type) {
  throw Error("read a netlink message: attribute " + std::to_string(type) + " is too short");
}

std::optional<Address> Attributes::address(int type, Family family) const {
  if (!present_[type]) return std::nullopt;
  Address address{.family = family};
  if (values_[type].size() < address.size()) refuse(type);
  std::memcpy(address.bytes.data(), values_[type].data(), address.size());
  return address;
}

std::string Attributes::text(int type) const {
  const auto value = values_[type];
  const auto* begin = reinterpret_cast<const char*>(value.data());
  return {begin, std::find(begin, begin + value.size(), '\0')};
}

std::uint8_t family_number(Family family) noexcept { return family == Family::ipv4 ? AF_INET : AF_INET6; }

std::optional<Family> family_of(std::uint8_t number) noexcept {
  if (number == AF_INET) return Family::ipv4;
  if (number == AF_INET6) return Family::ipv6;
  return std::nullopt;
}

}  // namespace segue::netlink
