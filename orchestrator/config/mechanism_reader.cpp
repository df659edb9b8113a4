#include "orchestrator/config/mechanism_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <limits>

#include "orchestrator/config/actors.hpp"
#include "orchestrator/config/spelling.hpp"

namespace segue::config {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_steps = 1000;
constexpr std::size_t longest_message = 1000;  // bytes; it has to fit a frame

constexpr int unknown_layer = -1;  // what was given is reported

std::string object_of(const Step& step) { return fmt::format("step {}", in_quotes(step.name)); }

// "old" or "new": what a mechanism calls the access routers of the mobile.
std::string access_links() {
  std::vector<std::string> words;
  for (const BoundName& name : bound_names()) {
    if (name.serves) words.push_back(in_quotes(name.word));
  }
  return fmt::format("{}", fmt::join(words, " or "));
}

void read_name(Table& table, std::string_view key, std::string& name) {
  table.require(key, "\"…\"");
  const auto given = table.text(key);
  if (!given) return;
  name = *given;
  if (given->empty()) table.problem(table.line_of(key), fmt::format("{}: it is empty", key));
  if (given->size() > longest_message) {
    table.problem(table.line_of(key), fmt::format("{}: it is longer than {} bytes", key, longest_message));
  }
}

}  // namespace

void MechanismReader::read(const Value& document) {
  Table root(document, "", problems_);
  mechanism_.title = root.text("title").value_or(mechanism_.name);
  mechanism_.order = root.integer("order", 0, 1'000'000).value_or(1'000'000);
  mechanism_.by_default = root.boolean("default").value_or(true);
  if (const auto by = root.text("routes-by")) {
    mechanism_.routes_by_ip = *by == "ip";
    if (*by != "ip" && *by != "netlink") {
      root.problem(root.line_of("routes-by"), fmt::format("routes-by {}: it is \"netlink\" or \"ip\"", in_quotes(*by)));
    }
  }
  if (const auto with = root.text("encapsulation")) {
    if (*with == "ip-in-ip") mechanism_.encapsulation = Encapsulation::ip_in_ip;
    if (*with != "ip-in-ip" && *with != "srv6") {
      root.problem(root.line_of("encapsulation"),
                   fmt::format("encapsulation {}: it is \"srv6\" or \"ip-in-ip\"", in_quotes(*with)));
    }
  }
  mechanism_.home = root.text("home").value_or("");
  mechanism_.home_line = root.line_of("home");
  defaults_.timeout = 5s;
  defaults_.retry_after = 1s;
  if (const Value* value = root.table("reference")) read_reference(*value);
  if (const Value* value = root.table("defaults")) {
    Table table(*value, "defaults", problems_);
    read_timing(table, defaults_);
    table.finish();
  }
  read_placed(root, "attached", mechanism_.attached);
  read_placed(root, "start", mechanism_.start);
  const auto* steps = root.array("step");
  if (steps == nullptr || steps->empty()) {
    problems_.add(0, "", "it has no steps; a mechanism needs one at least, under [[step]]");
  } else if (steps->size() > most_steps) {
    problems_.add(0, "", fmt::format("{} steps are too many; up to {} will do", steps->size(), most_steps));
    steps = nullptr;
  }
  for (std::size_t i = 0; steps != nullptr && i < steps->size(); ++i) read_step((*steps)[i], i);
  read_after();
  read_complete(root);
  root.finish();
}

// One step, or one for each direction.
void MechanismReader::read_complete(Table& root) {
  if (!mechanism_.steps.empty()) {
    mechanism_.completes.uplink = mechanism_.completes.downlink = mechanism_.steps.size() - 1;
  }
  const Value* given = root.find("complete");
  if (given == nullptr) return;
  const auto take = [this](Table& table, std::string_view key, const auto&... into) {
    const auto name = table.text(key);
    const auto index = name ? step_named(table.line_of(key), table.object(), key, *name) : npos;
    if (index != npos) ((mechanism_.completes.*into = index), ...);
  };
  if (given->kind != Value::Kind::table) return take(root, "complete", &Completes::uplink, &Completes::downlink);
  Table table(*given, "complete", problems_);
  table.require("uplink", "\"…\"");
  table.require("downlink", "\"…\"");
  take(table, "uplink", &Completes::uplink);
  take(table, "downlink", &Completes::downlink);
  table.finish();
}

void MechanismReader::read_reference(const Value& value) {
  Table table(value, "reference", problems_);
  Reference& reference = mechanism_.reference;
  reference.completion = table.parsed("completion", parse_delay);
  reference.completion_error = table.parsed("completion-error", parse_delay).value_or(Delay{0});
  reference.lost_uplink = table.number("lost-uplink");
  reference.lost_uplink_error = table.number("lost-uplink-error").value_or(0);
  reference.lost_downlink = table.number("lost-downlink");
  reference.lost_downlink_error = table.number("lost-downlink-error").value_or(0);
  reference.source = table.text("source").value_or("");
  table.finish();
}

void MechanismReader::read_timing(Table& table, Step& step) {
  if (const auto delay = table.parsed("delay", parse_delay)) step.delay = *delay;
  if (const auto timeout = table.parsed("timeout", parse_delay)) {
    step.timeout = *timeout;
    if (*timeout == Delay{0}) table.problem(table.line_of("timeout"), "timeout: nothing arrives in no time");
  }
  if (const auto retries = table.integer("retries", 0, 100)) step.retries = static_cast<unsigned>(*retries);
  if (const auto after = table.parsed("retry-after", parse_delay)) {
    step.retry_after = *after;
    if (*after == Delay{0}) table.problem(table.line_of("retry-after"), "retry-after: it must be longer than nothing");
  }
}

void MechanismReader::read_actions(Table& table, std::vector<Action>& actions) const {
  for (const ActionKey& known : action_keys()) {
    for (const std::string& text : table.texts(known.key).value_or(std::vector<std::string>{})) {
      try {
        actions.push_back(known.parse(text));
        if (RouteAction* const route = route_in(actions.back())) route->encapsulation = mechanism_.encapsulation;
      } catch (const InputError& error) {
        table.problem(table.line_of(known.key), fmt::format("{} {}", known.key, error.what()));
      }
    }
  }
}

// Two names, or none if that has been reported.
std::vector<std::string> MechanismReader::read_along(Table& table) {
  auto names = table.texts("along").value_or(std::vector<std::string>{});
  if (names.size() == 2 || table.find("along") == nullptr) return names;
  table.problem(table.line_of("along"), "along: it goes from one node to another, as in along = [\"anchor\", \"new\"]");
  return {};
}

// The actions in the place of those at an end of a way; nothing: there they are the same.
std::optional<std::vector<Action>> MechanismReader::read_end(Table& table, std::string_view key, bool of_way) const {
  const Value* given = table.table(key);
  if (given == nullptr) return std::nullopt;
  if (!of_way) table.problem(table.line_of(key), fmt::format("{}: it is of a way: of hop-by-hop, or along", key));
  Table end(*given, fmt::format("{}: {}", table.object(), key), problems_);
  std::vector<Action> actions;
  read_actions(end, actions);
  end.finish();
  return actions;
}

void MechanismReader::read_placed(Table& root, std::string_view key, std::vector<Placed>& placed) {
  const auto* items = root.array(key);
  if (items == nullptr) return;
  for (const Value& item : *items) {
    Table table(item, std::string(key), problems_);
    const bool of_way = key == "attached" && item.find("along") != nullptr;
    if (!of_way) table.require("at", "\"mobile\"");
    const auto keys = action_keys();
    const bool any =
        std::any_of(keys.begin(), keys.end(), [&](const ActionKey& one) { return item.find(one.key) != nullptr; });
    if (!any) table.require(keys.front().key, keys.front().example);
    const auto at = table.text("at");
    std::vector<Action> actions;
    read_actions(table, actions);
    if (key == "attached") read_stretch(table, at.has_value(), actions, placed);
    table.finish();
    if (!at || of_way) continue;
    for (Action& action : actions) placed.push_back({*at, std::move(action), table.line(), {}});
  }
}

void MechanismReader::read_stretch(Table& table, bool at_one, const std::vector<Action>& actions,
                                   std::vector<Placed>& placed) {
  const auto names = read_along(table);
  const bool of_way = table.find("along") != nullptr;
  if (of_way && at_one) table.problem(table.line_of("along"), "along: it is given at one node already");
  const auto first = read_end(table, "first", of_way);
  const auto last = read_end(table, "last", of_way);
  if (names.empty()) return;
  const auto add = [&](const std::vector<Action>& what, const Stretch& where) {
    for (const Action& action : what) placed.push_back({{}, action, table.line(), where});
  };
  add(actions, {names[0], names[1], !first, true, !last});
  if (first) add(*first, {names[0], names[1], true, false, false});
  if (last) add(*last, {names[0], names[1], false, false, true});
}

// A step that goes from one node to another.
void MechanismReader::read_message(Table& table, Step& step) {
  const std::pair<const char*, std::string*> texts[] = {
      {"from", &step.from}, {"to", &step.to}, {"message", &step.message}};
  for (const auto& [key, text] : texts) read_name(table, key, *text);
  table.require("layer", "3");
  if (const auto layer = table.integer("layer", std::numeric_limits<int>::min(), std::numeric_limits<int>::max())) {
    step.layer = static_cast<int>(*layer);
    if (*layer != 2 && *layer != 3) {
      table.problem(table.line_of("layer"), fmt::format("layer {}: it is 2 or 3", *layer));
      step.layer = unknown_layer;
    }
  }
  step.via = table.text("via").value_or("");
  const BoundName* via = bound_name(step.via);
  if (!step.via.empty() && (via == nullptr || !via->serves)) {
    table.problem(table.line_of("via"), fmt::format("via {}: it is {}", in_quotes(step.via), access_links()));
  }
  read_timing(table, step);
  step.hop_by_hop = table.boolean("hop-by-hop").value_or(false);
}

// A step at one node, or at each of a way.
void MechanismReader::read_local(Table& table, Step& step) const {
  step.layer = 0;
  step.from = step.to = table.text("at").value_or("");
  step.along = read_along(table);
  if (table.find("along") != nullptr && table.find("at") != nullptr) {
    table.problem(table.line_of("along"), "along: it is given at one node already");
  }
  if (!step.along.empty()) step.from = step.to = step.along.back();
  step.wait = table.parsed("wait", parse_wait).value_or(Wait{});
  step.delay = step.timeout = Delay{0};
  step.retries = 0;
  step.first = read_end(table, "first", table.find("along") != nullptr);
}

void MechanismReader::read_step(const Value& value, std::size_t index) {
  const Value* named = value.find("name");
  const bool has_name = named != nullptr && named->kind == Value::Kind::string;
  Step step = defaults_;
  step.name = has_name ? named->text : fmt::format("#{}", index + 1);
  step.line = value.line;
  Table table(value, object_of(step), problems_);
  read_name(table, "name", step.name);
  if (value.find("at") != nullptr || value.find("along") != nullptr) {
    read_local(table, step);
  } else {
    step.layer = unknown_layer;
    read_message(table, step);
  }
  After after{.line = table.line_of("after"), .given = table.find("after") != nullptr, .names = {}};
  after.names = table.texts("after").value_or(std::vector<std::string>{});
  read_actions(table, step.actions);
  step.last = read_end(table, "last", step.hop_by_hop || !step.along.empty());
  if (const auto execute = table.text("execute")) {
    step.execute = *execute;
    if (execute->find_first_not_of(" \t\n") == std::string::npos) {
      table.problem(table.line_of("execute"), "execute: it is empty");
    }
  }
  table.finish();
  const auto same = [&](const Step& other) { return other.name == step.name; };
  const auto earlier = std::find_if(mechanism_.steps.begin(), mechanism_.steps.end(), same);
  if (earlier != mechanism_.steps.end()) {
    table.problem(step.line, fmt::format("the step in line {} has this name too", earlier->line));
  }
  mechanism_.steps.push_back(std::move(step));
  after_.push_back(std::move(after));
}

std::size_t MechanismReader::step_named(unsigned line, const std::string& object, std::string_view key,
                                        const std::string& name) {
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < mechanism_.steps.size(); ++i) {
    if (mechanism_.steps[i].name == name) return i;
    names.push_back(mechanism_.steps[i].name);
  }
  problems_.add(line, object, fmt::format("{}: there is no step {}", key, unknown(name, names)));
  return npos;
}

void MechanismReader::read_after() {
  for (std::size_t i = 0; i < mechanism_.steps.size(); ++i) {
    Step& step = mechanism_.steps[i];
    if (!after_[i].given && i > 0) step.after = {i - 1};
    for (const std::string& name : after_[i].names) {
      const auto index = step_named(after_[i].line, object_of(step), "after", name);
      if (index != npos) step.after.push_back(index);
    }
  }
}

}  // namespace segue::config
