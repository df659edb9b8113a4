#include "orchestrator/config/impairments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <limits>

#include "nodes/base/error.hpp"
#include "orchestrator/config/spelling.hpp"

namespace segue::config {

namespace {

using link::GilbertElliott;
using link::Impairments;
using link::JitterShape;

Delay parse_up_to(Delay most, std::string_view shown, std::string_view text) {
  const Delay delay = parse_delay(text);
  if (delay > most) throw InputError(fmt::format("{}: it goes up to {}", in_quotes(text), shown));
  return delay;
}

Delay parse_link_delay(std::string_view text) { return parse_up_to(link::longest_delay, "60min", text); }
Delay parse_jitter(std::string_view text) {
  return parse_up_to(link::longest_jitter, to_text(link::longest_jitter), text);
}
static_assert(link::longest_delay == std::chrono::minutes(60));

JitterShape parse_shape(std::string_view text) {
  if (text == "normal") return JitterShape::normal;
  if (text == "uniform") return JitterShape::uniform;
  throw InputError(fmt::format("{}: it is \"normal\" or \"uniform\"", in_quotes(text)));
}

std::uint32_t parse_packets(std::string_view text) {
  std::uint32_t packets = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), packets);
  if (error != std::errc{} || end != text.data() + text.size() || packets == 0) {
    throw InputError(fmt::format("{}: a number of packets is wanted, from 1 to {}", in_quotes(text),
                                 std::numeric_limits<std::uint32_t>::max()));
  }
  return packets;
}

void set_part(GilbertElliott& model, std::string_view part) {
  const auto equals = part.find('=');
  const auto name = part.substr(0, equals);
  const std::array<std::pair<std::string_view, Probability*>, 4> parts{
      {{"p", &model.p}, {"r", &model.r}, {"loss-in-bad", &model.loss_in_bad}, {"loss-in-good", &model.loss_in_good}}};
  for (const auto& [known, probability] : parts) {
    if (known != name || equals == std::string_view::npos) continue;
    try {
      *probability = parse_probability(part.substr(equals + 1));
    } catch (const InputError& error) {
      throw InputError(fmt::format("{} {}", name, error.what()));
    }
    return;
  }
  throw InputError(fmt::format("{}: its parts are p=, r=, loss-in-bad= and loss-in-good=", in_quotes(part)));
}

GilbertElliott parse_gilbert_elliott(std::string_view text) {
  GilbertElliott model;
  if (text == "off") return model;
  model.loss_in_bad = {1.0};
  constexpr std::string_view separators = ", ";
  for (std::size_t start = text.find_first_not_of(separators); start != std::string_view::npos;) {
    const auto end = std::min(text.find_first_of(separators, start), text.size());
    set_part(model, text.substr(start, end - start));
    start = text.find_first_not_of(separators, end);
  }
  if (model.p.value == 0) throw InputError(fmt::format("{}: p is missing, or \"off\"", in_quotes(text)));
  return model;
}

struct Setter {
  ImpairmentKey key;
  void (*set)(Impairments&, std::string_view);
};

constexpr std::array setters{
    Setter{{"delay", "10ms", "one way"}, [](Impairments& i, std::string_view v) { i.delay = parse_link_delay(v); }},
    Setter{{"jitter", "1ms", "spread of the delay; the order is kept, which costs who sends often more delay"},
           [](Impairments& i, std::string_view v) { i.jitter = parse_jitter(v); }},
    Setter{{"jitter-shape", "normal", "normal (jitter is the standard deviation) or uniform (plus or minus jitter)"},
           [](Impairments& i, std::string_view v) { i.jitter_shape = parse_shape(v); }},
    Setter{{"loss", "1%", "of packets, independently"},
           [](Impairments& i, std::string_view v) { i.loss = parse_probability(v); }},
    Setter{{"gilbert-elliott", "p=1%,r=30%", "loss in bursts; off, or p, r, loss-in-bad and loss-in-good"},
           [](Impairments& i, std::string_view v) { i.gilbert_elliott = parse_gilbert_elliott(v); }},
    Setter{{"rate", "5Mbit", "limit; 0bit for none"},
           [](Impairments& i, std::string_view v) { i.rate = parse_rate(v); }},
    Setter{{"queue-limit", "1000", "packets that may wait for the rate; what is under way does not count"},
           [](Impairments& i, std::string_view v) { i.queue_limit = parse_packets(v); }},
    Setter{{"reorder", "1%", "of packets, sent at once past those that wait"},
           [](Impairments& i, std::string_view v) { i.reorder = parse_probability(v); }},
    Setter{{"duplicate", "1%", "of packets"},
           [](Impairments& i, std::string_view v) { i.duplicate = parse_probability(v); }},
    Setter{{"corrupt", "1%", "of packets, one bit each"},
           [](Impairments& i, std::string_view v) { i.corrupt = parse_probability(v); }},
};

constexpr auto keys = [] {
  std::array<ImpairmentKey, setters.size()> result{};
  for (std::size_t i = 0; i < setters.size(); ++i) result[i] = setters[i].key;
  return result;
}();

}  // namespace

std::span<const ImpairmentKey> impairment_keys() { return keys; }

void set_impairment(Impairments& impairments, std::string_view key, std::string_view value) {
  for (const Setter& setter : setters) {
    if (setter.key.name != key) continue;
    try {
      setter.set(impairments, value);
    } catch (const InputError& error) {
      throw InputError(fmt::format("{} {}", key, error.what()));
    }
    return;
  }
  std::vector<std::string_view> names;
  names.reserve(std::size(keys));
  for (const ImpairmentKey& known : keys) names.push_back(known.name);
  throw InputError("unknown impairment " + unknown(key, names));
}

std::vector<std::string> contradictions(const Impairments& impairments) {
  std::vector<std::string> found;
  const GilbertElliott& model = impairments.gilbert_elliott;
  if (impairments.loss.value > 0 && model.p.value > 0) {
    found.emplace_back("loss and gilbert-elliott exclude each other: give one of them");
  }
  if (model.p.value > 0 && model.r.value == 0) {
    found.emplace_back("gilbert-elliott without r never leaves its bad state");
  }
  if (impairments.reorder.value > 0 && impairments.delay == Delay{0}) {
    found.emplace_back("reorder needs a delay: a packet can only be sent past those that wait");
  }
  if (impairments.jitter > Delay{0} && impairments.delay == Delay{0}) {
    found.emplace_back("jitter needs a delay to spread");
  } else if (impairments.jitter > impairments.delay) {
    const bool uniform = impairments.jitter_shape == JitterShape::uniform;
    found.push_back(fmt::format("a {} jitter of {} is more than the delay of {}, which could not be the mean",
                                uniform ? "uniform" : "normal", to_text(impairments.jitter),
                                to_text(impairments.delay)));
  }
  return found;
}

void check(const Impairments& impairments) {
  const auto found = contradictions(impairments);
  if (!found.empty()) throw InputError(found.front());
}

}  // namespace segue::config
