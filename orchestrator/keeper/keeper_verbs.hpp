// The verbs of a lab that stays up, over the JSON of its control socket. Internal to this folder.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>

#include "orchestrator/keeper/keeper.hpp"

namespace segue::keeper {

// One request being handled. An answer may come with a descriptor, which stays the keeper's.
struct Keeper::Verbs {
  Keeper& keeper;
  int descriptor = -1;

  nlohmann::json handle(const nlohmann::json& request);  // throws Error

 private:
  nlohmann::json nodes() const;
  nlohmann::json enter(const nlohmann::json& request);
  nlohmann::json links(const nlohmann::json& request);
  nlohmann::json impair(const nlohmann::json& request);
  std::size_t link_of(const nlohmann::json& request) const;
};

}  // namespace segue::keeper
