// Reads a mechanism out of a parsed file. Whether it fits its topology is the part of MechanismCheck.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/config/document.hpp"
#include "orchestrator/config/mechanism.hpp"
#include "orchestrator/config/problems.hpp"
#include "orchestrator/config/table.hpp"

namespace segue::config {

class MechanismReader {
 public:
  MechanismReader(Mechanism& mechanism, Problems& problems) : mechanism_(mechanism), problems_(problems) {}

  void read(const Value& document);

 private:
  void read_reference(const Value& value);
  static void read_timing(Table& table, Step& step);
  void read_placed(Table& root, std::string_view key, std::vector<Placed>& placed);
  void read_step(const Value& value, std::size_t index);
  static void read_message(Table& table, Step& step);
  void read_local(Table& table, Step& step) const;
  static std::vector<std::string> read_along(Table& table);
  std::optional<std::vector<Action>> read_end(Table& table, std::string_view key, bool of_way) const;
  void read_stretch(Table& table, bool at_one, const std::vector<Action>& actions, std::vector<Placed>& placed);
  void read_complete(Table& root);
  void read_actions(Table& table, std::vector<Action>& actions) const;
  void read_after();
  std::size_t step_named(unsigned line, const std::string& object, std::string_view key, const std::string& name);

  struct After {
    unsigned line = 0;
    bool given = false;
    std::vector<std::string> names;
  };

  Mechanism& mechanism_;
  Problems& problems_;
  Step defaults_;
  std::vector<After> after_;  // by step, as the file has it
};

}  // namespace segue::config
