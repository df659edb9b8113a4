// Impairments as text: the keys of a link in topology.toml, and the options of `segue link`.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nodes/link/impairment.hpp"

namespace segue::config {

struct ImpairmentKey {
  std::string_view name;     // "queue-limit"
  std::string_view example;  // "1000"
  std::string_view meaning;
};

std::span<const ImpairmentKey> impairment_keys();

// Sets one of them. Throws InputError: `delay "10 parsecs": unknown unit (ns, us, ms, s, min)`.
// "gilbert-elliott" takes "off" or its parts in one text: "p=1%, r=30%, loss-in-bad=100%, loss-in-good=0%".
void set_impairment(link::Impairments& impairments, std::string_view key, std::string_view value);

// What cannot hold together, one sentence each; empty if all is well.
std::vector<std::string> contradictions(const link::Impairments& impairments);

// Throws InputError with the first contradiction.
void check(const link::Impairments& impairments);

}  // namespace segue::config
