// A staller beside a run, and what can be seen of its stalls in what the run has measured: by packets and messages, and
// not by what the program itself says of lateness.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "tests/system/program.hpp"

namespace segue::test {

struct StallTime {  // of segue::Clock
  std::int64_t begin_ns = 0;
  std::int64_t end_ns = 0;
};

// tests/tools/staller.cpp, for as long as it lives.
class Staller {
 public:
  explicit Staller(const Command& options = {});  // returns once it has stalled something
  std::vector<StallTime> stop();                  // all of them

 private:
  Process process_;
};

struct Judged {
  std::string what;      // mechanism, probe, handover, for messages
  bool tainted = false;  // says the program
  bool stalled = false;  // a stall met its window
  bool shifted = false;  // a packet it concerns was sent or came, or it was complete, later than can be overlooked
  std::string reasons;
};

// Every handover of the voip runs of a folder of results.
std::vector<Judged> judged(const std::filesystem::path& results, const std::vector<StallTime>& stalls);

}  // namespace segue::test
