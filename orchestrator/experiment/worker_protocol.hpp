// What a worker and its parent say. One packet is one message: its kind, then JSON or text.
#pragma once

#include <string>
#include <string_view>

#include "nodes/protocol/channel.hpp"
#include "orchestrator/experiment/run.hpp"

namespace segue::experiment {

enum class WorkerMessage : char {
  spec = 's',      // parent to worker
  stop = 'x',      // parent to worker: end after what is under way
  handover = 'h',  // a scorecard
  sample = 'm',
  part = 'p',     // of the result, which may be larger than a packet
  end = 'e',      // of the result
  failure = 'f',  // "<exit code> <text>"
};

inline void send(protocol::Channel& channel, WorkerMessage kind, std::string_view body) {
  channel.send(static_cast<char>(kind) + std::string(body));
}

std::string to_json(const RunSpec& spec);
RunSpec spec_from_json(std::string_view text);  // throws Error

}  // namespace segue::experiment
