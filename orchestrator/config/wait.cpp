// How long local steps wait, and what each handover draws.
#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <sstream>

#include "nodes/base/error.hpp"
#include "nodes/base/units.hpp"
#include "orchestrator/config/mechanism.hpp"
#include "orchestrator/config/spelling.hpp"

namespace segue::config {

Wait parse_wait(std::string_view text) {
  constexpr std::string_view uniform = "uniform ";
  if (!text.starts_with(uniform)) {
    const Delay time = parse_delay(text);
    return {time, time};
  }
  std::istringstream words{std::string(text.substr(uniform.size()))};
  std::string least;
  std::string most;
  std::string more;
  if (!(words >> least >> most) || words >> more) {
    throw InputError(fmt::format("{}: it is \"20ms\" or \"uniform 30ms 70ms\"", in_quotes(text)));
  }
  const Wait wait{parse_delay(least), parse_delay(most)};
  if (wait.least > wait.most) {
    throw InputError(fmt::format("{}: {} is longer than {}", in_quotes(text), least, most));
  }
  return wait;
}

std::string to_text(const Wait& wait) {
  if (wait.least == wait.most) return segue::to_text(wait.least);
  return fmt::format("uniform {} {}", segue::to_text(wait.least), segue::to_text(wait.most));
}

Delay mean(const Wait& wait) { return wait.least + (wait.most - wait.least) / 2; }

namespace {

template <typename Choose>
Mechanism with_waits(Mechanism mechanism, Choose choose) {
  for (Step& step : mechanism.steps) {
    if (step.wait.least == step.wait.most) continue;
    step.wait.least = step.wait.most = choose(step.wait);
  }
  return mechanism;
}

}  // namespace

// To a microsecond, and not by <random>'s distributions: what these draw differs between standard libraries.
Mechanism drawn(const Mechanism& mechanism, std::uint64_t seed) {
  constexpr std::int64_t grain = 1000;
  std::mt19937_64 random(seed);
  return with_waits(mechanism, [&](const Wait& wait) {
    const auto steps = static_cast<std::uint64_t>((wait.most - wait.least).count() / grain);
    return wait.least + Delay(static_cast<std::int64_t>(random() % (steps + 1)) * grain);
  });
}

Mechanism slowest(const Mechanism& mechanism) {
  return with_waits(mechanism, [](const Wait& wait) { return wait.most; });
}

}  // namespace segue::config
