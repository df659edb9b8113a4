#include "orchestrator/config/action.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <optional>
#include <sstream>
#include <vector>

#include "nodes/base/error.hpp"
#include "nodes/base/units.hpp"
#include "orchestrator/config/spelling.hpp"

namespace segue::config {

namespace {

template <typename Verb>
struct Form {
  Verb verb;
  std::string_view words;
  bool has_target;
};

// The longer form first where one begins with another.
using RouteForm = Form<RouteVerb>;
constexpr std::array route_forms{
    RouteForm{RouteVerb::off, "off", false},         RouteForm{RouteVerb::through_tunnel, "through tunnel", true},
    RouteForm{RouteVerb::through, "through", false}, RouteForm{RouteVerb::via, "via", true},
    RouteForm{RouteVerb::tunnel, "tunnel", true},    RouteForm{RouteVerb::none, "none", false}};
using RadioForm = Form<RadioVerb>;
constexpr std::array radio_forms{RadioForm{RadioVerb::leave, "leave", true}, RadioForm{RadioVerb::join, "join", true}};

template <typename Verb>
struct Parsed {
  Verb verb;
  std::string target;
};

template <typename Forms>
auto parse(const Forms& forms, std::string_view text) -> std::optional<Parsed<decltype(forms[0].verb)>> {
  for (const auto& form : forms) {
    if (!form.has_target && text == form.words) return {{form.verb, {}}};
    if (!form.has_target || !text.starts_with(form.words) || text.size() < form.words.size() + 2) continue;
    const auto target = text.substr(form.words.size() + 1);
    if (text[form.words.size()] == ' ' && target.find(' ') == std::string_view::npos) {
      return {{form.verb, std::string(target)}};
    }
  }
  return std::nullopt;
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  std::istringstream stream{std::string(text)};
  for (std::string word; stream >> word;) words.push_back(std::move(word));
  return words;
}

template <typename Forms, typename Verb>
std::string to_text(const Forms& forms, Verb verb, const std::string& target) {
  for (const auto& form : forms) {
    if (form.verb == verb) return form.has_target ? fmt::format("{} {}", form.words, target) : std::string(form.words);
  }
  return {};
}

constexpr std::string_view over = " via ";
constexpr std::string_view with_carrier = " carrier";

std::string text_of(const RouteAction& action) {
  const std::string text = to_text(route_forms, action.verb, action.target);
  return action.over.empty() ? text : text + std::string(over) + action.over;
}

std::string text_of(const RadioAction& action) {
  return to_text(radio_forms, action.verb, action.router) + std::string(action.carrier ? with_carrier : "");
}

RadioAction parse_radio_action(std::string_view text) {
  const bool carrier = text.ends_with(with_carrier);
  const auto verb = text.substr(0, text.size() - (carrier ? with_carrier.size() : 0));
  if (auto parsed = parse(radio_forms, verb)) return {parsed->verb, std::move(parsed->target), carrier};
  throw InputError(
      fmt::format("{}: it is \"leave ROUTER\" or \"join ROUTER\", either with \"carrier\" behind it", in_quotes(text)));
}

constexpr std::uint32_t largest_buffer = 1'000'000;

constexpr std::array<std::pair<Flow, std::string_view>, 2> flows{
    {{Flow::forwarded, "forwarded"}, {Flow::direct, "direct"}}};

std::string with_flow(std::string text, Flow flow) {
  for (const auto& [one, word] : flows) {
    if (one == flow) text += ' ' + std::string(word);
  }
  return text;
}

// Takes it out of the words.
Flow flow_in(std::vector<std::string>& words) {
  for (const auto& [flow, word] : flows) {
    if (words.size() < 2 || words[1] != word) continue;
    words.erase(words.begin() + 1);
    return flow;
  }
  return Flow::all;
}

std::string text_of(const BufferAction& action) {
  if (action.verb == BufferVerb::release) return with_flow("release", action.flow);
  if (action.verb == BufferVerb::discard) return with_flow("discard", action.flow);
  if (action.verb == BufferVerb::replay) return "replay";
  if (action.verb == BufferVerb::forget) return "forget delivered";
  if (action.verb == BufferVerb::window) return "window " + segue::to_text(action.window);
  std::string text = with_flow("hold", action.flow);
  if (action.limit != default_buffer_limit) text += fmt::format(" {} packets", action.limit);
  return text + (action.drop_oldest ? " oldest" : "");
}

BufferAction parse_buffer_action(std::string_view text) {
  const auto wrong = [&] {
    return InputError(fmt::format(
        "{}: it is \"hold\", \"hold N packets\" (1 to {}), either with \"oldest\" behind it, \"release\", \"discard\", "
        "each of these with \"forwarded\" or \"direct\" as its second word or without, \"window 60ms\", \"replay\" or "
        "\"forget delivered\"",
        in_quotes(text), largest_buffer));
  };
  std::vector<std::string> words = words_of(text);
  if (words == std::vector<std::string>{"replay"}) return {.verb = BufferVerb::replay};
  if (words == std::vector<std::string>{"forget", "delivered"}) return {.verb = BufferVerb::forget};
  if (words.size() == 2 && words[0] == "window") {
    const Delay window = parse_delay(words[1]);
    if (window <= Delay{0}) throw wrong();
    return {.verb = BufferVerb::window, .window = window};
  }
  BufferAction action{.flow = flow_in(words)};
  if (words == std::vector<std::string>{"release"} || words == std::vector<std::string>{"discard"}) {
    action.verb = words[0] == "release" ? BufferVerb::release : BufferVerb::discard;
    return action;
  }
  if (words.empty() || words.front() != "hold") throw wrong();
  if (words.back() == "oldest") {
    action.drop_oldest = true;
    words.pop_back();
  }
  if (words.size() == 1) return action;
  if (words.size() != 3 || words[2] != "packets") throw wrong();
  const auto* const end = words[1].data() + words[1].size();
  const auto [stop, error] = std::from_chars(words[1].data(), end, action.limit);
  if (error != std::errc() || stop != end || action.limit == 0 || action.limit > largest_buffer) throw wrong();
  return action;
}

constexpr std::string_view delayed = " delayed ";

std::string text_of(const BicastAction& action) {
  const std::string text = text_of(action.way);
  return action.delay == Delay{0} ? text : text + std::string(delayed) + segue::to_text(action.delay);
}

BicastAction parse_bicast_action(std::string_view text) {
  const auto wrong = [&] {
    return InputError(
        fmt::format("{}: it is \"via NODE\", \"tunnel NODE\" or \"through\", each with \"delayed 20ms\" behind it or "
                    "without, or \"off\"",
                    in_quotes(text)));
  };
  BicastAction action;
  const auto delay = text.find(delayed);
  try {
    action.way = parse_route_action(text.substr(0, delay));
  } catch (const InputError&) {
    throw wrong();
  }
  if (delay != std::string_view::npos) action.delay = parse_delay(text.substr(delay + delayed.size()));
  const auto verb = action.way.verb;
  const bool ends_with_delay = verb == RouteVerb::off && delay != std::string_view::npos;
  if (verb == RouteVerb::through_tunnel || verb == RouteVerb::none || ends_with_delay) throw wrong();
  return action;
}

constexpr std::array<ActionKey, 4> keys{{
    {"route", "\"off\"", [](std::string_view text) -> Action { return parse_route_action(text); }},
    {"radio", "\"leave old\"", [](std::string_view text) -> Action { return parse_radio_action(text); }},
    {"buffer", "\"hold\"", [](std::string_view text) -> Action { return parse_buffer_action(text); }},
    {"bicast", "\"tunnel new\"", [](std::string_view text) -> Action { return parse_bicast_action(text); }},
}};
static_assert(keys.size() == std::variant_size_v<Action>);

}  // namespace

RouteAction parse_route_action(std::string_view text) {
  const auto led_over = text.find(over);
  auto parsed = parse(route_forms, text.substr(0, led_over));
  if (parsed && led_over == std::string_view::npos) return {parsed->verb, std::move(parsed->target)};
  const std::string node(led_over == std::string_view::npos ? "" : text.substr(led_over + over.size()));
  const bool tunnels = parsed && (parsed->verb == RouteVerb::tunnel || parsed->verb == RouteVerb::through_tunnel);
  if (tunnels && !node.empty() && node.find(' ') == std::string::npos) {
    return {.verb = parsed->verb, .target = std::move(parsed->target), .over = node};
  }
  throw InputError(fmt::format(
      "{}: it is \"off\", \"through\", \"through tunnel NODE\", \"via NODE\", \"tunnel NODE\" or \"none\", and a "
      "tunnel may have \"via NODE\" behind it",
      in_quotes(text)));
}

RouteAction* route_in(Action& action) {
  if (auto* const bicast = std::get_if<BicastAction>(&action)) return &bicast->way;
  return std::get_if<RouteAction>(&action);
}

const RouteAction* route_in(const Action& action) {
  if (const auto* const bicast = std::get_if<BicastAction>(&action)) return &bicast->way;
  return std::get_if<RouteAction>(&action);
}

std::string to_text(const Action& action) {
  return std::visit([](const auto& one) { return text_of(one); }, action);
}

std::span<const ActionKey> action_keys() { return keys; }

std::string_view key_of(const Action& action) { return keys[action.index()].key; }

namespace {

struct Names {
  const std::function<void(std::string&)>& visit;

  void operator()(RouteAction& action) const {
    for (std::string* const name : {&action.target, &action.over}) {
      if (!name->empty()) visit(*name);
    }
  }
  void operator()(BicastAction& action) const { (*this)(action.way); }
  void operator()(RadioAction& action) const { visit(action.router); }
  void operator()(BufferAction&) const {}
};

}  // namespace

void for_each_name(Action& action, const std::function<void(std::string& name)>& visit) {
  std::visit(Names{visit}, action);
}

}  // namespace segue::config
