// Whether a mechanism speaks of ways through the network where there is one: what can be told before a handover binds
// its names.
#pragma once

#include <string>
#include <string_view>

#include "orchestrator/config/actors.hpp"
#include "orchestrator/config/mechanism.hpp"
#include "orchestrator/config/problems.hpp"

namespace segue::config {

class WayCheck {
 public:
  WayCheck(const Mechanism& mechanism, const Topology& topology, Problems& problems)
      : mechanism_(mechanism), actors_(topology), problems_(problems) {}

  // Reports what is wrong, every name that means nobody included.
  bool passes();

 private:
  struct Place {
    unsigned line;
    std::string object;
    bool on_way;    // neighbours have a meaning
    bool handover;  // and the crossover has
  };
  void check_placed(const std::vector<Placed>& all, const std::string& object, bool handover);
  void check_step(const Step& step);
  void check_actions(const Place& place, const std::vector<Action>& actions);
  void check_name(const Place& place, std::string_view key, const std::string& name);
  void check_end(const Place& place, const std::string& name);
  bool is_mobile(const std::string& name) const;
  void report(const Place& place, const std::string& text);

  const Mechanism& mechanism_;
  Actors actors_;
  Problems& problems_;
  bool passes_ = true;
};

}  // namespace segue::config
