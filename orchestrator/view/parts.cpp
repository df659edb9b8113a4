#include "orchestrator/view/parts.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "orchestrator/view/figures.hpp"
#include "orchestrator/view/table.hpp"

namespace segue::view {

namespace {

using record::Verdict;

std::string seconds_text(std::int64_t ns) { return fmt::format("{:g} s", static_cast<double>(ns) / 1e9); }

Span interruption(const Handover& handover, std::int64_t ns) {
  return handover.measured ? within_goal(ns) : Span{"-", Style::dim};
}

Span lost(const Handover& handover, std::uint64_t count) {
  return handover.measured ? count_of_bad(count) : Span{"-", Style::dim};
}

Span trouble_of(const Handover& handover) {
  if (!handover.failure.empty()) return {handover.failure, Style::bad};
  return {handover.verdict == Verdict::clean ? "" : to_text(handover.verdict), Style::warning};
}

std::vector<Span> row_of(const Handover& handover) {
  const bool complete = handover.outcome == record::Outcome::complete;
  return {{fmt::format("{}", handover.number), Style::dim},
          {handover.mechanism, Style::plain},
          {handover.mobile, Style::plain},
          {fmt::format("{} → {}", handover.from, handover.to), Style::plain},
          complete ? within_goal(handover.completion_ns) : Span{to_text(handover.outcome), Style::bad},
          {milliseconds(handover.expected_completion_ns), Style::dim},
          lost(handover, handover.lost_up),
          lost(handover, handover.lost_down),
          interruption(handover, handover.interruption_up_ns),
          interruption(handover, handover.interruption_down_ns),
          {age_text(handover.ago_ns), Style::dim},
          trouble_of(handover)};
}

std::vector<Span> row_of(const Flow& flow) {
  const record::FlowTotals& totals = flow.totals;
  const auto time = [&](std::int64_t ns) {
    return totals.sent == 0 ? Span{"-", Style::dim} : Span{milliseconds(ns), Style::plain};
  };
  return {{(flow.direction == "uplink" ? "↑ " : "↓ ") + flow.direction, Style::plain},
          mos(totals.mos),
          count_of_bad(totals.lost),
          {fmt::format("{}", totals.sent), Style::plain},
          time(totals.delay_mean_ns),
          time(totals.jitter_ns),
          count_of_bad(totals.late),
          count_of_bad(totals.duplicated),
          count_of_bad(totals.reordered)};
}

Span verdict_span(const std::optional<Verdict>& verdict) {
  if (!verdict) return {"", Style::plain};
  return {to_text(*verdict), *verdict == Verdict::clean ? Style::good : Style::warning};
}

Span state_of(const Run& run) {
  switch (run.state) {
    case Run::State::waiting:
      return {"to come", Style::dim};
    case Run::State::failed:
      return {"failed", Style::bad};
    case Run::State::ended:
      return verdict_span(run.verdict);
    case Run::State::under_way:
      break;
  }
  return {run.at.empty() ? "" : "at " + run.at, Style::plain};
}

std::vector<Span> row_of(const Run& run) {
  constexpr int bar_columns = 8;
  constexpr int spark_columns = 10;
  const Span none{"", Style::plain};
  const bool rates = !run.bits_per_second.empty();
  const bool waits = run.state == Run::State::waiting;
  return {{run.mechanism, waits ? Style::dim : Style::bold},
          {run.probe, waits ? Style::dim : Style::plain},
          {bar(run.done, run.handovers, bar_columns), Style::accent},
          {fmt::format("{}/{}", run.done, run.handovers), Style::plain},
          state_of(run),
          run.completion_ns > 0 ? within_goal(run.completion_ns) : none,
          run.measured ? Span{fmt::format("{} / {}", run.lost_up, run.lost_down),
                              run.lost_up + run.lost_down == 0 ? Style::dim : Style::warning}
                       : none,
          rates ? Span{bits_text(run.bits_per_second.back()), Style::plain} : none,
          rates ? Span{sparkline(run.bits_per_second, spark_columns).front(), Style::accent} : none};
}

unsigned total_of(const std::vector<Run>& runs, unsigned Run::*what) {
  unsigned total = 0;
  for (const Run& run : runs) total += run.*what;
  return total;
}

// Room for what tells most: the runs under way, the last that ended, then those to come.
std::vector<const Run*> runs_to_show(const std::vector<Run>& runs, std::size_t room) {
  std::vector<const Run*> shown;
  const auto add = [&](auto wanted) {
    for (const Run& run : runs) {
      if (wanted(run.state)) shown.push_back(&run);
    }
  };
  add([](auto state) { return state == Run::State::under_way; });
  const auto under_way = static_cast<std::ptrdiff_t>(shown.size());
  add([](auto state) { return state == Run::State::ended || state == Run::State::failed; });
  std::reverse(shown.begin() + under_way, shown.end());
  add([](auto state) { return state == Run::State::waiting; });
  if (shown.size() > room) shown.resize(room);
  std::sort(shown.begin(), shown.end());  // as they stand in `runs`
  return shown;
}

}  // namespace

void draw_title(const Pane& pane, const Picture& picture) {
  Line line{{" segue ", Style::title}, {"  ", Style::plain}, {picture.name, Style::bold}};
  const auto add = [&](const std::string& text) {
    line.push_back({(line.size() > 3 ? " · " : "  ") + text, Style::dim});
  };
  if (picture.name != picture.lab && !picture.lab.empty()) add("lab " + picture.lab);
  if (!picture.runs.empty()) {
    add(fmt::format("{} of {} handovers", total_of(picture.runs, &Run::done), total_of(picture.runs, &Run::handovers)));
    add(age_text(picture.elapsed_ns));
  }
  if (!picture.mechanism.empty()) add(picture.mechanism);
  if (picture.every_ns > 0) add("a handover every " + seconds_text(picture.every_ns));
  if (!picture.links.empty()) add("links by " + picture.links);
  const auto down =
      std::count_if(picture.nodes.begin(), picture.nodes.end(), [](const Node& node) { return !node.up; });
  if (down > 0)
    line.insert(line.begin() + 3, {fmt::format("  {} of {} nodes down", down, picture.nodes.size()), Style::bad});
  pane.put(0, 0, line);
}

void draw_attachments(const Pane& pane, const Picture& picture) {
  Line line;
  for (const auto& [mobile, router] : picture.attached) {
    if (!line.empty()) line.push_back({"   ", Style::plain});
    line.push_back({mobile, Style::accent});
    line.push_back({" at ", Style::dim});
    line.push_back({router, Style::bold});
  }
  pane.put(0, 0, line);
}

void draw_handovers(const Pane& pane, const Picture& picture) {
  Table table{.columns = {{"#", 2},
                          {"mechanism", 11, false, true},
                          {"mobile", 0, false},
                          {"from → to", 10, false},
                          {"completion", 12},
                          {"expected", 6},
                          {"lost ↑", 8},
                          {"lost ↓", 8},
                          {"gap ↑", 4},
                          {"gap ↓", 4},
                          {"ago", 1},
                          {"", 5, false, true}},
              .rows = {}};
  const auto room = static_cast<std::size_t>(std::max(pane.rows() - 1, 0));
  for (auto one = picture.handovers.rbegin(); one != picture.handovers.rend() && table.rows.size() < room; ++one) {
    table.rows.push_back(row_of(*one));
  }
  draw_table(pane, table);
  if (table.rows.empty()) pane.put(0, 1, "none yet", Style::dim);
}

void draw_flows(const Pane& pane, const Picture& picture) {
  Table table{.columns = {{"", 10, false},
                          {"MOS", 9},
                          {"lost", 8},
                          {"sent", 7},
                          {"delay", 6},
                          {"jitter", 5},
                          {"late", 4},
                          {"twice", 2},
                          {"out of order", 1}},
              .rows = {}};
  for (const Flow& flow : picture.flows) table.rows.push_back(row_of(flow));
  if (table.rows.empty()) {
    pane.put(0, 0, "no voice yet", Style::dim);
  } else {
    draw_table(pane, table);
  }
}

void draw_throughput(const Pane& pane, const Picture& picture) {
  const auto& all = picture.throughput;
  if (all.empty() || pane.rows() == 0) {
    pane.put(0, 0, "no throughput yet", Style::dim);
    return;
  }
  int label = 0;
  for (const auto& one : all) label = std::max(label, width_of(one.probe));
  constexpr int number = 12;  // "99.9 Mbit/s" and a blank
  const int each = pane.rows() / static_cast<int>(all.size());
  int row = 0;
  for (const auto& one : all) {
    const double present = one.bits_per_second.empty() ? 0 : one.bits_per_second.back();
    const auto line = [&](int at, const std::string& text) { pane.put(0, at, text, Style::accent); };
    if (each >= 2) {
      const int height = std::min(each - 1, 4);
      const auto spark = sparkline(one.bits_per_second, pane.columns(), height);
      const auto shown = std::min(one.bits_per_second.size(), static_cast<std::size_t>(pane.columns()));
      const auto most = shown == 0 ? 0
                                   : *std::max_element(one.bits_per_second.end() - static_cast<std::ptrdiff_t>(shown),
                                                       one.bits_per_second.end());
      pane.put(0, row,
               {{fmt::format("{:<{}}  ", one.probe, label), Style::plain},
                {fmt::format("{:>{}}", bits_text(present), number - 1), Style::bold},
                {fmt::format("   at most {}", bits_text(most)), Style::dim}});
      for (std::size_t i = 0; i < spark.size(); ++i) line(row + 1 + static_cast<int>(i), spark[i]);
    } else {
      const int column = pane.put(0, row,
                                  {{fmt::format("{:<{}} ", one.probe, label), Style::plain},
                                   {fmt::format("{:>{}} ", bits_text(present), number - 1), Style::bold}});
      pane.put(column, row, sparkline(one.bits_per_second, pane.columns() - column).front(), Style::accent);
    }
    row += std::max(each, 1);
  }
}

void draw_runs(const Pane& pane, const Picture& picture) {
  Table table{.columns = {{"mechanism", 10, false},
                          {"probe", 9, false},
                          {"", 2, false},
                          {"done", 8},
                          {"", 6, false},
                          {"last", 5},
                          {"lost ↑ / ↓", 4},
                          {"throughput", 3},
                          {"", 1, false}},
              .rows = {}};
  const auto room = static_cast<std::size_t>(std::max(pane.rows() - 1, 0));
  const bool all = picture.runs.size() <= room;
  for (const Run* run : runs_to_show(picture.runs, all || room == 0 ? room : room - 1))
    table.rows.push_back(row_of(*run));
  draw_table(pane, table);
  if (!all) {
    pane.put(0, pane.rows() - 1, fmt::format("and {} more runs", picture.runs.size() - table.rows.size()), Style::dim);
  }
}

void draw_verdict(const Pane& pane, const Picture& picture) {
  if (!picture.trouble.empty()) {
    pane.put(0, 0, picture.trouble, Style::bad);
    return;
  }
  Line line{{"verdict ", Style::dim}, verdict_span(picture.verdict)};
  for (std::size_t i = 0; i < picture.reasons.size(); ++i) {
    line.push_back({(i == 0 ? ": " : "; ") + picture.reasons[i], Style::plain});
  }
  pane.put(0, 0, line);
}

void draw_footer(const Pane& pane, const Picture& picture, std::string_view keys) {
  int column = pane.put(0, 0, keys);
  const auto add = [&](std::string_view what, const std::string& where) {
    if (!where.empty())
      column = pane.put(column + (column > 0 ? 3 : 0), 0, fmt::format("{} {}", what, where), Style::dim);
  };
  add("grafana", picture.grafana);
  add("prometheus", picture.prometheus);
  add("metrics", picture.metrics.empty() ? "" : fmt::format("http://{}/metrics", picture.metrics));
}

}  // namespace segue::view
