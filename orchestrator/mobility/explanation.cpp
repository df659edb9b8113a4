#include "orchestrator/mobility/explanation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <random>
#include <utility>

#include "orchestrator/mobility/expand.hpp"
#include "orchestrator/mobility/knobs.hpp"
#include "orchestrator/mobility/schedule.hpp"

namespace segue::mobility {

namespace {

using config::Mechanism;
using record::GapPart;
using record::Gaps;

// Slopes are taken so far beside the point, in nanoseconds, each time by another distance.
constexpr int furthest_beside = 61;
constexpr unsigned most_attempts = 8;
// What fractions leave of no part at all, and of a sum of parts, in nanoseconds. No delay is as short.
constexpr double nothing = 5;
constexpr double unseen = 50;

void add(Gaps& sum, const Gaps& slopes, double times) {
  for (const auto& figure : record::gap_figures) sum.*figure.member += slopes.*figure.member * times;
}

bool is_zero(const Gaps& gaps) {
  return std::all_of(record::gap_figures.begin(), record::gap_figures.end(),
                     [&](const auto& figure) { return gaps.*figure.member == 0; });
}

template <typename Of, std::size_t n>
bool differ(const std::array<record::GapFigure<Of>, n>& figures, const Of& a, const Of& b) {
  return std::any_of(figures.begin(), figures.end(),
                     [&](const auto& figure) { return a.*figure.member != b.*figure.member; });
}
bool differ(const Measures& a, const Measures& b) {
  return differ(record::gap_figures, a.gaps, b.gaps) || differ(record::gap_packet_figures, a.packets, b.packets);
}

// Of many times few matter: those of a half that changes nothing are not looked at one by one.
void add_relevant(const Variant& variant, const Measures& now, std::vector<Knob>& all, std::size_t begin,
                  std::size_t end, std::mt19937_64& random, std::vector<Knob>& relevant) {
  if (begin == end) return;
  const auto changes = [&](int sign) {
    std::vector<Delay> moved;
    for (std::size_t i = begin; i < end; ++i) {
      const Delay by{1 + static_cast<int>(random() % furthest_beside)};
      moved.push_back(sign < 0 ? -std::min(by, all[i].value) : by);
      all[i].turn(moved.back());
    }
    const bool changed = differ(variant.look(), now);
    for (std::size_t i = begin; i < end; ++i) all[i].turn(-moved[i - begin]);
    return changed;
  };
  if (!changes(1) && !changes(-1)) return;
  if (end - begin == 1) {
    relevant.push_back(std::move(all[begin]));
    return;
  }
  const std::size_t middle = begin + (end - begin) / 2;
  add_relevant(variant, now, all, begin, middle, random, relevant);
  add_relevant(variant, now, all, middle, end, random, relevant);
}

// What has no end has no slope.
Gaps difference(const Gaps& more, const Gaps& less) {
  Gaps result;
  for (const auto& figure : record::gap_figures) {
    const double value = more.*figure.member - less.*figure.member;
    result.*figure.member = std::isfinite(value) ? value : 0;
  }
  return result;
}

record::GapPackets difference(const record::GapPackets& more, const record::GapPackets& less) {
  record::GapPackets result;
  for (const auto& figure : record::gap_packet_figures) {
    const double value = more.*figure.member - less.*figure.member;
    result.*figure.member = std::isfinite(value) ? value : 0;
  }
  return result;
}

class Partition {
 public:
  explicit Partition(Variant& variant) : variant_(variant), now_(variant.look()) {}

  std::vector<GapPart> parts() {
    std::vector<GapPart> parts;
    Gaps rest;
    for (unsigned attempt = 0; attempt < most_attempts; ++attempt) {
      random_.seed(attempt + 1);
      parts = find_parts();
      rest = rest_of(parts);
      if (variant_.has_rates() || is_whole(rest)) break;
    }
    if (is_whole(rest)) return parts;
    parts.push_back({variant_.has_rates() ? "rate" : "rest", "", "", rest});
    return parts;
  }

 private:
  // Moves every time that matters a little, takes the slopes there, and moves them back.
  std::vector<GapPart> find_parts() {
    std::vector<Knob> knobs = variant_.steps();
    for (auto& knob : variant_.message_links()) knobs.push_back(std::move(knob));
    for (auto& knob : variant_.of_actions()) knobs.push_back(std::move(knob));
    auto data = variant_.data_links();
    add_relevant(variant_, now_, data, 0, data.size(), random_, knobs);
    std::vector<Delay> moved;
    for (const Knob& knob : knobs) {
      moved.emplace_back(1 + static_cast<int>(random_() % furthest_beside));
      knob.turn(moved.back());
    }
    const Gaps beside = variant_.look().gaps;
    std::vector<GapPart> parts;
    std::map<std::string, Gaps> by_messages;  // of a link, what messages account for
    for (const Knob& knob : knobs) {
      const Gaps slopes = slopes_beside(knob, beside);
      if (!knob.crossings.empty() || knob.of_step) {
        add_step(knob, slopes, parts, by_messages);
      } else if (knob.kind == "confirmation") {
        add_part(knob, difference(slopes, by_messages[knob.over]), parts);
      } else {
        add_part(knob, slopes, parts);
      }
    }
    const Knob interval = variant_.interval();
    add_part(interval, slopes_beside(interval, beside), parts);
    for (std::size_t i = 0; i < knobs.size(); ++i) knobs[i].turn(-moved[i]);
    return parts;
  }

  Gaps slopes_beside(const Knob& knob, const Gaps& beside) {
    knob.turn(Delay{1});
    const Gaps slopes = difference(variant_.look().gaps, beside);
    knob.turn(Delay{-1});
    return slopes;
  }

  static void add_part(const Knob& knob, const Gaps& slopes, std::vector<GapPart>& parts) {
    GapPart part{knob.kind, knob.of, knob.over, {}};
    add(part.ns, slopes, static_cast<double>(knob.value.count()));
    for (const auto& figure : record::gap_figures) {
      if (std::abs(part.ns.*figure.member) < nothing) part.ns.*figure.member = 0;
    }
    if (!is_zero(part.ns)) parts.push_back(std::move(part));
  }

  // A step's slopes are those of all that it consists of.
  static void add_step(const Knob& knob, const Gaps& slopes, std::vector<GapPart>& parts,
                       std::map<std::string, Gaps>& by_messages) {
    for (const auto& [over, takes] : knob.crossings) {
      add(by_messages[over], slopes, 1);
      add_part({.kind = "signalling", .of = knob.of, .over = over, .value = takes}, slopes, parts);
    }
    add_part({.kind = knob.kind, .of = knob.of, .over = knob.over, .value = knob.value}, slopes, parts);
  }

  Gaps rest_of(const std::vector<GapPart>& parts) const {
    Gaps rest = difference(now_.gaps, {});
    for (const GapPart& part : parts) add(rest, part.ns, -1);
    for (const auto& figure : record::gap_figures) {
      if (!std::isfinite(now_.gaps.*figure.member)) rest.*figure.member = 0;
    }
    return rest;
  }

  static bool is_whole(const Gaps& rest) {
    return std::all_of(record::gap_figures.begin(), record::gap_figures.end(),
                       [&](const auto& figure) { return std::abs(rest.*figure.member) < unseen; });
  }

  Variant& variant_;
  Measures now_;
  std::mt19937_64 random_;
};

std::vector<record::Saving> savings_of(Variant& variant) {
  std::vector<record::Saving> savings;
  const Measures now = variant.look();
  std::vector<Knob> all = variant.parameters();
  std::erase_if(all, [](const Knob& knob) { return knob.value <= Delay{0}; });
  std::vector<Knob> relevant;
  std::mt19937_64 random;
  add_relevant(variant, now, all, 0, all.size(), random, relevant);
  for (const Knob& knob : relevant) {
    knob.turn(Delay{-1});
    const Measures less = variant.look();
    knob.turn(Delay{1});
    record::Saving saving{knob.of, knob.value.count(), difference(now.gaps, less.gaps),
                          difference(now.packets, less.packets)};
    const bool saves_packets =
        std::any_of(record::gap_packet_figures.begin(), record::gap_packet_figures.end(),
                    [&](const auto& figure) { return std::abs(saving.packets.*figure.member) > 1e-12; });
    if (saves_packets || !is_zero(saving.ns)) savings.push_back(std::move(saving));
  }
  return savings;
}

}  // namespace

record::Explanation explain(const Geography& geography, const Mechanism& mechanism, const Binding& binding,
                            const DataFlow& data) {
  const auto& nodes = geography.topology.nodes;
  Variant as_told(geography, mechanism, binding, data);
  Variant as_played(geography, expanded(under(geography, mechanism), mechanism, binding), binding, data);
  record::Explanation result;
  result.mechanism = mechanism.name;
  result.from = nodes[binding.old_router].name;
  result.to = nodes[binding.new_router].name;
  const Measures whole = as_told.look();
  result.whole = whole.gaps;
  result.packets = whole.packets;
  result.parts = Partition(as_played).parts();
  result.savings = savings_of(as_told);
  for (const auto& step : mechanism.steps) {
    if (step.wait.least != step.wait.most) result.drawn.push_back(step.name);
  }
  return result;
}

}  // namespace segue::mobility
