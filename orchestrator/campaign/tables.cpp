#include "orchestrator/campaign/tables.hpp"

#include <fmt/format.h>

#include "orchestrator/campaign/store.hpp"
#include "orchestrator/record/fields.hpp"

namespace segue::campaign {

namespace {

using record::LinkRow;
using record::RunResult;
using record::Scorecard;
using record::ThroughputBin;

template <typename Number>
Field whole(Number number) {
  return static_cast<std::int64_t>(number);
}

constexpr const char* text = "TEXT";
constexpr const char* integer = "INTEGER";
constexpr const char* real = "REAL";

template <typename Of>
void append(std::vector<Column>& columns, const std::vector<ColumnOf<Of>>& more) {
  for (const auto& column : more) columns.push_back({column.name, column.type, column.meaning});
}

std::vector<Column> common_columns(const Plan& plan) {
  std::vector<Column> columns{{"run", text, "folder in runs/"},
                              {"cell", integer, "combination of mechanism, probe and parameters, from 0"},
                              {"repetition", integer, "of the cell, from 1"},
                              {"attempt", integer, "0, or how many tainted runs this one repeats"},
                              {"seed", integer, "of the run; repetitions of one number share it"},
                              {"mechanism", text, "name of its file"},
                              {"probe", text, "voip, iperf-udp or iperf-tcp"},
                              {"verdict", text, "of the run: clean, tainted (in no statistics), not known or failed"}};
  for (const auto& parameter : plan.parameters) columns.push_back({parameter, text, "swept value, as in the campaign"});
  return columns;
}

template <typename Of>
TableShape shape(const Plan& plan, const char* name, const char* meaning, const std::vector<ColumnOf<Of>>& own) {
  TableShape result{name, meaning, common_columns(plan)};
  append(result.columns, own);
  return result;
}

}  // namespace

const std::vector<ColumnOf<RunResult>>& run_columns() {
  using R = RunResult;
  static const std::vector<ColumnOf<R>> columns{
      {"reasons", text, "of the verdict; why it failed",
       [](const R& r) { return Field(fmt::format("{}", fmt::join(r.reasons, "; "))); }},
      {"engine", text, "netem, or wire and what it is over", [](const R& r) { return Field(r.engine); }},
      {"experiment_ns", integer, "length of the run's experiment", [](const R& r) { return whole(r.experiment_ns); }},
      {"handovers_asked", integer, "for", [](const R& r) { return whole(r.handovers_asked); }},
      {"handovers", integer, "made, tainted ones and their repetitions too",
       [](const R& r) { return whole(r.handovers.size()); }},
      {"complete", integer, "handovers that completed",
       [](const R& r) {
         std::int64_t complete = 0;
         for (const auto& card : r.handovers) complete += card.outcome == record::Outcome::complete ? 1 : 0;
         return Field(complete);
       }},
      {"idle_share", real, "of the cores, over the run, 0 to 1", [](const R& r) { return Field(r.idle_share); }},
      {"emulator_p50_ns", integer, "lateness of the link engine, median",
       [](const R& r) { return whole(r.emulator.p50); }},
      {"emulator_p99_ns", integer, "99th percentile", [](const R& r) { return whole(r.emulator.p99); }},
      {"emulator_max_ns", integer, "largest", [](const R& r) { return whole(r.emulator.max); }},
      {"timers_p50_ns", integer, "lateness of the agents' timers, median",
       [](const R& r) { return whole(r.timers.p50); }},
      {"timers_p99_ns", integer, "99th percentile", [](const R& r) { return whole(r.timers.p99); }},
      {"timers_max_ns", integer, "largest", [](const R& r) { return whole(r.timers.max); }},
      {"up_mos", real, "mean opinion score of the uplink (ITU-T G.107), 1 to 4.5; voip",
       [](const R& r) { return Field(r.uplink.mos); }},
      {"down_mos", real, "of the downlink", [](const R& r) { return Field(r.downlink.mos); }},
      {"up_jitter_ns", integer, "interarrival jitter of the uplink (RFC 3550); voip",
       [](const R& r) { return whole(r.uplink.jitter_ns); }},
      {"down_jitter_ns", integer, "of the downlink", [](const R& r) { return whole(r.downlink.jitter_ns); }}};
  return columns;
}

namespace {

template <typename Of>
Field field_of(const record::Figure<Of>& figure, const Of& of) {
  Field field;
  record::visit_figure(figure, of, [&](auto value) {
    if constexpr (std::is_floating_point_v<decltype(value)>) {
      field = value;
    } else {
      field = whole(value);
    }
  });
  return field;
}

template <typename Of>
const char* type_of(const record::Figure<Of>& figure) {
  return std::holds_alternative<double Of::*>(figure.member) ? real : integer;
}

void append_direction(std::vector<ColumnOf<Scorecard>>& columns, const char* prefix, const char* way,
                      record::DirectionScore Scorecard::*score) {
  for (const auto& field : record::direction_fields) {
    columns.push_back({fmt::format("{}_{}", prefix, field.name), type_of(field),
                       fmt::format("{}, {}", field.meaning, way),
                       [score, &field](const Scorecard& card) { return field_of(field, card.*score); }});
  }
}

std::vector<ColumnOf<Scorecard>> with_directions(std::vector<ColumnOf<Scorecard>> columns) {
  append_direction(columns, "up", "from the mobile", &Scorecard::uplink);
  append_direction(columns, "down", "to the mobile", &Scorecard::downlink);
  return columns;
}

}  // namespace

const std::vector<ColumnOf<Scorecard>>& handover_columns() {
  using C = Scorecard;
  static const std::vector<ColumnOf<C>> columns = with_directions(
      {{"handover", integer, "in the run, from 0", [](const C& c) { return whole(c.index); }},
       {"slot", integer, "which of the handovers asked for, from 0: a tainted one is made again",
        [](const C& c) { return whole(c.slot); }},
       {"handover_verdict", text, "clean, tainted (in no statistics) or not known",
        [](const C& c) { return Field(to_text(c.verdict)); }},
       {"handover_reasons", text, "of this verdict",
        [](const C& c) { return Field(fmt::format("{}", fmt::join(c.reasons, "; "))); }},
       {"mobile", text, "the node that moved", [](const C& c) { return Field(c.mobile); }},
       {"from", text, "access router", [](const C& c) { return Field(c.from); }},
       {"to", text, "access router", [](const C& c) { return Field(c.to); }},
       {"started_ns", integer, "from the start of the experiment", [](const C& c) { return whole(c.started_ns); }},
       {"outcome", text, "complete or failed", [](const C& c) { return Field(to_text(c.outcome)); }},
       {"failure", text, "step, node and reason", [](const C& c) { return Field(c.failure); }},
       {"completion_ns", integer, "from its start to the end of the mechanism's completing step",
        [](const C& c) { return c.outcome == record::Outcome::complete ? whole(c.completion_ns) : Field(); }},
       {"expected_completion_ns", integer, "by the critical path",
        [](const C& c) { return whole(c.expected_completion_ns); }},
       {"messages", integer, "of the mechanism, up to the completion", [](const C& c) { return whole(c.messages); }},
       {"retransmissions", integer, "of messages", [](const C& c) { return whole(c.retransmissions); }},
       {"route_switch_ns", integer, "decision to acknowledgement of a route action, median",
        [](const C& c) { return whole(c.route_switch_ns); }}});
  return columns;
}

const std::vector<ColumnOf<ThroughputBin>>& throughput_columns() {
  using T = ThroughputBin;
  static const std::vector<ColumnOf<T>> columns{
      {"t_ns", integer, "begin of the bin, from the start of the experiment", [](const T& t) { return whole(t.t_ns); }},
      {"length_ns", integer, "of the bin", [](const T& t) { return whole(t.length_ns); }},
      {"bits_per_second", integer, "that arrived", [](const T& t) { return whole(t.bits_per_second); }},
      {"lost", integer, "UDP datagrams", [](const T& t) { return whole(t.lost); }},
      {"total", integer, "UDP datagrams", [](const T& t) { return whole(t.total); }}};
  return columns;
}

const std::vector<ColumnOf<StepRow>>& step_columns() {
  using S = StepRow;
  static const std::vector<ColumnOf<S>> columns{
      {"handover", integer, "in the run, from 0", [](const S& s) { return whole(s.card.index); }},
      {"step", integer, "of the mechanism, from 0", [](const S& s) { return whole(s.step); }},
      {"name", text, "of the step", [](const S& s) { return Field(s.card.steps[s.step].name); }},
      {"sent_ns", integer, "from the start of the handover",
       [](const S& s) { return whole(s.card.steps[s.step].sent_ns); }},
      {"received_ns", integer, "likewise", [](const S& s) { return whole(s.card.steps[s.step].received_ns); }},
      {"done_ns", integer, "likewise: processed, and its routes set",
       [](const S& s) { return whole(s.card.steps[s.step].done_ns); }},
      {"expected_done_ns", integer, "by the analysis",
       [](const S& s) { return whole(s.card.steps[s.step].expected_done_ns); }},
      {"route_ns", integer, "its route actions took", [](const S& s) { return whole(s.card.steps[s.step].route_ns); }},
      {"transmissions", integer, "of its message",
       [](const S& s) { return whole(s.card.steps[s.step].transmissions); }}};
  return columns;
}

const std::vector<ColumnOf<LinkRow>>& link_columns() {
  using L = LinkRow;
  static const std::vector<ColumnOf<L>> columns = [] {
    std::vector<ColumnOf<L>> made{
        {"link", text, "its name", [](const L& l) { return Field(l.link); }},
        {"direction", text, "from > to", [](const L& l) { return Field(l.direction); }},
        {"requested", text, "impairments asked for", [](const L& l) { return Field(l.requested); }},
        {"realised", text, "impairments in force, as read back", [](const L& l) { return Field(l.realised); }}};
    for (const auto& field : record::link_fields) {
      made.push_back(
          {field.name, type_of(field), field.meaning, [&field](const L& l) { return field_of(field, l.counters); }});
    }
    return made;
  }();
  return columns;
}

std::vector<Field> run_fields(const Plan& plan, const RunKey& run, const std::string& verdict) {
  const Cell& cell = plan.cells.at(run.cell);
  std::vector<Field> fields{to_text(run),
                            whole(run.cell),
                            whole(run.repetition),
                            whole(run.attempt),
                            whole(seed_of(plan, run)),
                            plan.mechanisms[cell.mechanism].name,
                            std::string(experiment::to_text(cell.probe)),
                            verdict};
  fields.insert(fields.end(), cell.values.begin(), cell.values.end());
  return fields;
}

std::vector<TableShape> table_shapes(const Plan& plan) {
  return {shape(plan, "runs", "A row for each run, tainted and failed ones too.", run_columns()),
          shape(plan, "handovers", "A row for each handover.", handover_columns()),
          shape(plan, "throughput", "A row for each bin of an iperf run.", throughput_columns()),
          shape(plan, "steps", "A row for each step of each handover.", step_columns()),
          shape(plan, "links", "A row for each direction of each link of each run.", link_columns())};
}

}  // namespace segue::campaign
