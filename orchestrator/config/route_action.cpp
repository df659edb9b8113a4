#include <fmt/format.h>

#include <array>

#include "nodes/base/error.hpp"
#include "orchestrator/config/mechanism.hpp"
#include "orchestrator/config/spelling.hpp"

namespace segue::config {

namespace {

struct Form {
  RouteVerb verb;
  std::string_view words;
  bool has_target;
};

// The longer form first where one begins with another.
constexpr std::array forms{Form{RouteVerb::off, "off", false}, Form{RouteVerb::through_tunnel, "through tunnel", true},
                           Form{RouteVerb::through, "through", false}, Form{RouteVerb::via, "via", true},
                           Form{RouteVerb::tunnel, "tunnel", true}};

}  // namespace

RouteAction parse_route_action(std::string_view text) {
  for (const Form& form : forms) {
    if (!form.has_target && text == form.words) return {form.verb, {}};
    if (!form.has_target || !text.starts_with(form.words) || text.size() < form.words.size() + 2) continue;
    const auto target = text.substr(form.words.size() + 1);
    if (text[form.words.size()] == ' ' && target.find(' ') == std::string_view::npos) {
      return {form.verb, std::string(target)};
    }
  }
  throw InputError(fmt::format(
      "{}: it is \"off\", \"through\", \"through tunnel NODE\", \"via NODE\" or \"tunnel NODE\"", in_quotes(text)));
}

std::string to_text(const RouteAction& action) {
  for (const Form& form : forms) {
    if (form.verb != action.verb) continue;
    return form.has_target ? fmt::format("{} {}", form.words, action.target) : std::string(form.words);
  }
  return {};
}

}  // namespace segue::config
