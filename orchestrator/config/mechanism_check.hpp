// Whether a mechanism can be played in its topology, by any mobile between any two of its access routers.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "orchestrator/config/actors.hpp"
#include "orchestrator/config/mechanism.hpp"
#include "orchestrator/config/problems.hpp"
#include "orchestrator/config/routes.hpp"

namespace segue::config {

class MechanismCheck {
 public:
  MechanismCheck(const Mechanism& mechanism, const Topology& topology, const Paths& paths, Problems& problems)
      : mechanism_(mechanism), topology_(topology), paths_(paths), problems_(problems), actors_(topology) {}

  void run();

 private:
  // Of a mechanism as it is in that handover.
  MechanismCheck(const Mechanism& mechanism, const Topology& topology, const Paths& paths, Problems& problems,
                 const Binding& binding)
      : MechanismCheck(mechanism, topology, paths, problems) {
    binding_ = binding;
  }
  // The actor, or nothing once the name has been reported.
  std::optional<Actor> actor(unsigned line, const std::string& object, std::string_view key, std::string_view name);
  void check_mobiles();
  void check_home();
  void check_all();
  void check_handovers();
  bool check_handover(const Binding& binding);
  // An action, and where it is done.
  struct Deed {
    unsigned line;
    std::string object;
    Actor at;
  };
  void check_action(unsigned line, const std::string& object, std::string_view at, const Action& action);
  void check(const Deed& deed, const RouteAction& action);
  void check(const Deed& deed, const RadioAction& action);
  void check(const Deed& deed, const BufferAction& action);
  void check(const Deed& deed, const BicastAction& action);
  // The way that an action sets, and those it is led over.
  void check_way(const Deed& deed, const Action& action, const RouteAction& way);
  void check_over(const Deed& deed, const Action& action, const RouteAction& way, const Actor& target);
  void check_lasts(const Placed& placed);
  void report(const Deed& deed, const Action& action, std::string_view text);
  void check_message(const Step& step, const Actor& from, const Actor& to);
  void check_teller(const Step& step, const std::optional<Actor>& from);
  void check_step(const Step& step);
  void check_layer_2(const Step& step, const Actor& from, const Actor& to);
  void check_layer_3(const Step& step, const Actor& from, const Actor& to);
  void check_knowledge(const Step& step);
  void check_circles();
  bool linked(std::size_t a, std::size_t b) const { return link_between(topology_, a, b) != npos; }

  // Calls `visit(from, to)` with every pair of nodes both actors may be in one handover, until it returns false.
  template <typename Visit>
  void for_each_pair(const Actor& from, const Actor& to, Visit visit) const;

  const Mechanism& mechanism_;
  const Topology& topology_;
  const Paths& paths_;
  Problems& problems_;
  Actors actors_;
  std::optional<Binding> binding_;  // none: any handover
};

}  // namespace segue::config
