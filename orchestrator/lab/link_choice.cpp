#include "orchestrator/lab/link_choice.hpp"

#include <fmt/format.h>

#include <utility>

#include "nodes/base/error.hpp"
#include "nodes/link/netem_terms.hpp"
#include "nodes/netlink/netem.hpp"
#include "nodes/netlink/tap.hpp"

namespace segue::lab {

namespace {

constexpr std::pair<std::string_view, LinkChoice> choices[] = {{"auto", LinkChoice::automatic},
                                                               {"netem", LinkChoice::netem},
                                                               {"wire", LinkChoice::wire},
                                                               {"wire-tap", LinkChoice::wire_tap},
                                                               {"wire-packet", LinkChoice::wire_packet}};

}  // namespace

std::optional<LinkChoice> find_link_choice(std::string_view text) {
  for (const auto& [name, choice] : choices) {
    if (name == text) return choice;
  }
  return std::nullopt;
}

LinkChoice parse_link_choice(std::string_view text) {
  if (const auto choice = find_link_choice(text)) return *choice;
  throw InputError(fmt::format("--links \"{}\": {}", text, link_choices));
}

std::string_view to_text(LinkChoice choice) { return choices[static_cast<std::size_t>(choice)].first; }

void require_netem_can(const config::Topology& topology) {
  for (const auto& link : topology.links) {
    try {
      link::to_netem(link.a_to_b, {});
      link::to_netem(link.b_to_a, {});
    } catch (const InputError& error) {
      throw InputError(fmt::format("{}:{}: link \"{}\": {}", topology.file, link.line, link.name, error.what()));
    }
  }
}

LinkChoice decide(LinkChoice wish) {
  if (wish == LinkChoice::automatic && netlink::kernel_has_netem()) return LinkChoice::netem;
  if (wish != LinkChoice::automatic && wish != LinkChoice::wire) return wish;
  return netlink::may_open_taps() ? LinkChoice::wire_tap : LinkChoice::wire_packet;
}

}  // namespace segue::lab
