// Feeds libFuzzer's inputs to the readers of results, scorecards and samples, as a worker sends them and a campaign goes
// on from them: one is read, or refused with an Error; what was read survives the way back, and can be evaluated.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "nodes/base/error.hpp"
#include "orchestrator/record/result.hpp"
#include "orchestrator/report/evaluation.hpp"
#include "tests/fuzz/memory_file.hpp"

namespace {

using namespace segue;

// An Error on the second way ends the harness: it is in no try block.
template <typename Read>
auto read_twice(std::string_view text, Read read) {
  using Value = decltype(read(text));
  std::optional<Value> value;
  try {
    value = read(text);
  } catch (const Error&) {
    return value;
  }
  const std::string written = to_json(*value);
  if (to_json(read(written)) != written) std::abort();
  return value;
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls it by this name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  (void)read_twice(text, record::scorecard_from_json);
  (void)read_twice(text, record::sample_from_json);
  if (auto result = read_twice(text, record::result_from_json)) {
    config::Mechanism mechanism;
    mechanism.name = result->mechanism;
    report::Evaluation evaluation;
    evaluation.runs.push_back(std::move(*result));
    report::evaluate(evaluation, {mechanism});
    (void)report::to_text(evaluation);
    (void)report::to_json(evaluation);
  }
  return 0;
}
