// A server of somebody else's, run beside a lab: started here, ended here, and dead when this process dies.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "nodes/base/clock.hpp"
#include "nodes/process/child.hpp"

namespace segue::monitor {

struct DaemonSpec {
  std::string program;  // its path
  std::vector<std::string> arguments;
  process::Environment environment;  // beside this process's own
  std::filesystem::path log;         // where its output goes
  int inherit = -1;                  // a descriptor it gets under the same number
};

// Make it from the main thread (nodes/process/child.hpp).
class Daemon {
 public:
  explicit Daemon(const DaemonSpec& spec);  // throws Error
  ~Daemon();                                // asks it to end, and kills it if it has not within five seconds
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  bool running();  // false, too, if it has ended by itself
  bool ends_by(Instant until) const { return process::ends_by(child_.pid(), until); }

 private:
  process::Child child_;
};

// One nobody listens on at this moment, on 127.0.0.1.
unsigned free_port();

// Waits until `url` (http://127.0.0.1:PORT/PATH) answers with 200. Throws Error, with the end of the log, when the
// daemon has ended or half a minute has passed.
void await_ready(Daemon& daemon, const std::string& url, const std::filesystem::path& log);

}  // namespace segue::monitor
