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

template <typename Forms, typename Verb>
std::string to_text(const Forms& forms, Verb verb, const std::string& target) {
  for (const auto& form : forms) {
    if (form.verb == verb) return form.has_target ? fmt::format("{} {}", form.words, target) : std::string(form.words);
  }
  return {};
}

std::string text_of(const RouteAction& action) { return to_text(route_forms, action.verb, action.target); }
constexpr std::string_view with_carrier = " carrier";

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

std::string text_of(const BufferAction& action) {
  if (action.verb == BufferVerb::release) return "release";
  if (action.verb == BufferVerb::discard) return "discard";
  if (action.verb == BufferVerb::replay) return "replay";
  if (action.verb == BufferVerb::forget) return "forget delivered";
  if (action.verb == BufferVerb::window) return "window " + segue::to_text(action.window);
  std::string text = "hold";
  if (action.limit != default_buffer_limit) text += fmt::format(" {} packets", action.limit);
  return text + (action.drop_oldest ? " oldest" : "");
}

BufferAction parse_buffer_action(std::string_view text) {
  const auto wrong = [&] {
    return InputError(fmt::format(
        "{}: it is \"hold\", \"hold N packets\" (1 to {}), either with \"oldest\" behind it, \"release\", \"discard\", "
        "\"window 60ms\", \"replay\" or \"forget delivered\"",
        in_quotes(text), largest_buffer));
  };
  std::vector<std::string> words;
  std::istringstream stream{std::string(text)};
  for (std::string word; stream >> word;) words.push_back(word);
  if (words == std::vector<std::string>{"release"}) return {.verb = BufferVerb::release};
  if (words == std::vector<std::string>{"discard"}) return {.verb = BufferVerb::discard};
  if (words == std::vector<std::string>{"replay"}) return {.verb = BufferVerb::replay};
  if (words == std::vector<std::string>{"forget", "delivered"}) return {.verb = BufferVerb::forget};
  if (words.size() == 2 && words[0] == "window") {
    const Delay window = parse_delay(words[1]);
    if (window <= Delay{0}) throw wrong();
    return {.verb = BufferVerb::window, .window = window};
  }
  if (words.empty() || words.front() != "hold") throw wrong();
  BufferAction action;
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

constexpr std::array<ActionKey, 3> keys{{
    {"route", "\"off\"", [](std::string_view text) -> Action { return parse_route_action(text); }},
    {"radio", "\"leave old\"", [](std::string_view text) -> Action { return parse_radio_action(text); }},
    {"buffer", "\"hold\"", [](std::string_view text) -> Action { return parse_buffer_action(text); }},
}};
static_assert(keys.size() == std::variant_size_v<Action>);

}  // namespace

RouteAction parse_route_action(std::string_view text) {
  if (auto parsed = parse(route_forms, text)) return {parsed->verb, std::move(parsed->target)};
  throw InputError(
      fmt::format("{}: it is \"off\", \"through\", \"through tunnel NODE\", \"via NODE\", \"tunnel NODE\" or \"none\"",
                  in_quotes(text)));
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
    if (!action.target.empty()) visit(action.target);
  }
  void operator()(RadioAction& action) const { visit(action.router); }
  void operator()(BufferAction&) const {}
};

}  // namespace

void for_each_name(Action& action, const std::function<void(std::string& name)>& visit) {
  std::visit(Names{visit}, action);
}

}  // namespace segue::config
