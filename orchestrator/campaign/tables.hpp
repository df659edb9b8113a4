// The columns of the store's tables: each with its name, its meaning, and how its value is got. Internal to this
// folder.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "orchestrator/campaign/plan.hpp"
#include "orchestrator/campaign/table_file.hpp"
#include "orchestrator/record/result.hpp"

namespace segue::campaign {

template <typename Of>
struct ColumnOf {
  std::string name;
  const char* type;
  std::string meaning;
  std::function<Field(const Of& value)> get;
};

struct StepRow {
  const record::Scorecard& card;
  std::size_t step;
};

const std::vector<ColumnOf<record::RunResult>>& run_columns();
const std::vector<ColumnOf<record::Scorecard>>& handover_columns();
const std::vector<ColumnOf<record::ThroughputBin>>& throughput_columns();
const std::vector<ColumnOf<StepRow>>& step_columns();
const std::vector<ColumnOf<record::LinkRow>>& link_columns();

// What every row of a run begins with.
std::vector<Field> run_fields(const Plan& plan, const RunKey& run, const std::string& verdict);

}  // namespace segue::campaign
