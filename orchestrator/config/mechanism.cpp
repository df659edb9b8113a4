#include "orchestrator/config/mechanism.hpp"

#include <algorithm>
#include <tuple>

#include "nodes/base/error.hpp"
#include "orchestrator/config/document.hpp"
#include "orchestrator/config/mechanism_check.hpp"
#include "orchestrator/config/mechanism_reader.hpp"

namespace segue::config {

namespace {

// In a lab's own folder a mechanism is shown with it, as it is only told apart so from the topology.
std::string shown_name(const std::filesystem::path& file) {
  return file.parent_path().filename() == "mechanisms" ? "mechanisms/" + file.filename().string()
                                                       : file.filename().string();
}

bool is_named(const Value& step, std::string_view name) {
  const Value* own = step.find("name");
  return own != nullptr && own->text == name;
}

void override_step(Value& document, std::string_view path, const std::string& text) {
  const auto dot = path.rfind('.');  // names of steps may hold dots, keys of steps do not
  for (Entry& entry : document.entries) {
    if (entry.key != "step" || dot == std::string_view::npos) continue;
    for (Value& step : entry.value.items) {
      if (is_named(step, path.substr(0, dot))) return override_value(step, path.substr(dot + 1), text);
    }
  }
  throw InputError("override mechanism.step." + std::string(path) + ": the mechanism has no such step");
}

void override_mechanism(Value& document, std::string_view path, const std::string& text) {
  constexpr std::string_view step = "step.";
  if (path.starts_with(step)) return override_step(document, path.substr(step.size()), text);
  for (const std::string_view timing : {"delay", "timeout", "retries", "retry-after"}) {
    if (path == timing) return override_value(document, "defaults." + std::string(path), text);
  }
  override_value(document, path, text);
}

// Adds what is wrong to `all`.
Mechanism load(const std::filesystem::path& file, const Topology& topology, const Paths& paths, Problems& all,
               const Overrides& overrides = {}) {
  Mechanism mechanism;
  mechanism.name = file.stem();
  try {
    Problems problems(shown_name(file));
    Value document = parse_toml(read_file(file), shown_name(file));
    for (const auto& [path, value] : overrides) override_mechanism(document, path, value);
    MechanismReader(mechanism, problems).read(document);
    if (!mechanism.steps.empty()) MechanismCheck(mechanism, topology, paths, problems).run();
    all.append(std::move(problems));
  } catch (const InputError& error) {
    all.append(std::string(error.what()));
  }
  return mechanism;
}

}  // namespace

Mechanism load_mechanism(const std::filesystem::path& file, const Topology& topology, const Overrides& overrides) {
  Problems problems("");
  Mechanism mechanism = load(file, topology, Paths(topology), problems, overrides);
  problems.throw_if_any();
  return mechanism;
}

std::vector<Mechanism> load_mechanisms(const Topology& topology) {
  const auto folder = topology.folder / "mechanisms";
  std::error_code error;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".toml") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  const Paths paths(topology);
  Problems problems("");
  std::vector<Mechanism> mechanisms;
  mechanisms.reserve(files.size());
  for (const auto& file : files) mechanisms.push_back(load(file, topology, paths, problems));
  problems.throw_if_any();
  std::sort(mechanisms.begin(), mechanisms.end(), [](const Mechanism& a, const Mechanism& b) {
    return std::tie(a.order, a.name) < std::tie(b.order, b.name);
  });
  return mechanisms;
}

namespace {

template <typename Kind>
bool is(const Action& action) {
  return std::holds_alternative<Kind>(action);
}

bool names_flow(const Action& action) {
  const auto* const buffer = std::get_if<BufferAction>(&action);
  return buffer != nullptr && buffer->flow != Flow::all;
}

bool leads_over(const Action& action) {
  const RouteAction* const route = route_in(action);
  return route != nullptr && !route->over.empty();
}

bool takes_carrier(const Action& action) {
  const auto* const radio = std::get_if<RadioAction>(&action);
  return radio != nullptr && radio->carrier;
}

bool has(const Mechanism& mechanism, bool (*is_one)(const Action&)) {
  const std::vector<Action> none;
  const auto any = [&](const std::vector<Action>& actions) {
    return std::any_of(actions.begin(), actions.end(), is_one);
  };
  const auto placed = [&](const Placed& one) { return is_one(one.action); };
  return std::any_of(mechanism.attached.begin(), mechanism.attached.end(), placed) ||
         std::any_of(mechanism.start.begin(), mechanism.start.end(), placed) ||
         std::any_of(mechanism.steps.begin(), mechanism.steps.end(), [&](const Step& step) {
           return any(step.actions) || any(step.first.value_or(none)) || any(step.last.value_or(none));
         });
}

}  // namespace

bool uses_radio(const Mechanism& mechanism) { return has(mechanism, is<RadioAction>); }
bool uses_carrier(const Mechanism& mechanism) { return has(mechanism, takes_carrier); }
bool uses_relay(const Mechanism& mechanism) { return has(mechanism, is<BufferAction>) || uses_bicast(mechanism); }
bool uses_bicast(const Mechanism& mechanism) { return has(mechanism, is<BicastAction>); }
bool uses_flows(const Mechanism& mechanism) { return has(mechanism, names_flow); }
bool uses_ways_over(const Mechanism& mechanism) { return has(mechanism, leads_over); }

bool tells_delivered(const Step& step) {
  return std::any_of(step.actions.begin(), step.actions.end(), [](const Action& action) {
    const auto* const buffer = std::get_if<BufferAction>(&action);
    return buffer != nullptr && buffer->verb == BufferVerb::forget;
  });
}

bool tells_delivered(const Mechanism& mechanism) {
  return std::any_of(mechanism.steps.begin(), mechanism.steps.end(),
                     [](const Step& step) { return tells_delivered(step); });
}

}  // namespace segue::config
