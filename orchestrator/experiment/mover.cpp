#include "orchestrator/experiment/mover.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "nodes/base/error.hpp"
#include "orchestrator/experiment/probe_session.hpp"
#include "orchestrator/mobility/ends_attached.hpp"

namespace segue::experiment {

namespace {

// Sets a flag until it goes.
std::shared_ptr<void> holding(bool& flag) {
  flag = true;
  return {nullptr, [&flag](void*) { flag = false; }};
}

}  // namespace

Mover::Mover(lab::Lab& lab) : lab_(lab), mechanisms_(config::load_mechanisms(lab.topology())), driver_(lab, voip_flow) {
  const auto& nodes = lab.topology().nodes;
  const auto mobile =
      std::find_if(nodes.begin(), nodes.end(), [](const auto& node) { return node.role == config::Role::mobile; });
  if (mobile == nodes.end() || mechanisms_.empty()) return;
  mobile_ = static_cast<std::size_t>(mobile - nodes.begin());
  for (const auto& mechanism : mechanisms_) {
    mobility::require_ends_attached(lab.geography(), mechanism, mobile_);
  }
  const auto routers = config::access_routers(lab.topology(), mobile_);
  if (routers.empty()) return;
  router_ = routers.front();
  const auto usual = std::find_if(mechanisms_.begin(), mechanisms_.end(), [](const auto& m) { return m.by_default; });
  const auto& mechanism = usual == mechanisms_.end() ? mechanisms_.front() : *usual;
  mechanism_ = mechanism.name;
  lab_.attach(mechanism, {mobile_, routers.back(), router_});
}

const config::Mechanism& Mover::mechanism_named(const std::string& name) const {
  std::vector<std::string> names;
  for (const auto& mechanism : mechanisms_) {
    if (mechanism.name == (name.empty() ? mechanism_ : name)) return mechanism;
    names.push_back(mechanism.name);
  }
  throw InputError(fmt::format("no mechanism \"{}\" in {}: {}", name, lab_.topology().name, fmt::join(names, ", ")));
}

std::size_t Mover::next_router() const {
  const auto routers = config::access_routers(lab_.topology(), mobile_);
  const auto at = std::find(routers.begin(), routers.end(), router_) - routers.begin();
  return routers[static_cast<std::size_t>(at + 1) % routers.size()];
}

std::size_t Mover::target_named(const std::string& name) const {
  const auto routers = config::access_routers(lab_.topology(), mobile_);
  const std::size_t target = name.empty() ? next_router() : config::find_node(lab_.topology(), name);
  if (target == router_ || std::find(routers.begin(), routers.end(), target) == routers.end()) {
    throw InputError(fmt::format("hand over to \"{}\": it has to be another access router of {} than {}", name,
                                 lab_.topology().nodes[mobile_].name, lab_.topology().nodes[router_].name));
  }
  return target;
}

Mover::Move Mover::prepare(const std::string& mechanism_name, const std::string& to) {
  if (!can_move()) throw InputError(lab_.topology().name + ": it has no mobile node to hand over");
  if (busy_) throw Error("hand over: the handover before this one is not over yet");
  const config::Mechanism& mechanism = mechanism_named(mechanism_name);
  const std::size_t target = target_named(to);
  auto turn = holding(busy_);
  if (mechanism.name != mechanism_) {
    lab_.attach(mechanism, {mobile_, target, router_});
    mechanism_ = mechanism.name;
  }
  return {&mechanism,
          {mobile_, router_, target},
          mobility::longest_way(lab_.geography(), mechanism, mobile_, voip_flow),
          std::move(turn)};
}

Account Mover::perform(const Move& move, Instant at, Delay settle) {
  Account account = driver_.perform(*move.mechanism, move.binding, at);
  if (account.completion) router_ = move.binding.new_router;
  wait_until(now() + settle);
  return account;
}

void Mover::wait_until(Instant when) { lab_.loop().run_until(when); }

}  // namespace segue::experiment
