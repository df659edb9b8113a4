// A server of somebody else's, run beside a lab: started here, ended here, and dead when this process dies.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace segue::monitor {

struct DaemonSpec {
  std::string program;  // its path
  std::vector<std::string> arguments;
  std::vector<std::pair<std::string, std::string>> environment;  // beside this process's own
  std::filesystem::path log;                                     // where its output goes
  int inherit = -1;                                              // a descriptor it gets under the same number
};

// PR_SET_PDEATHSIG follows the thread that forks: make it from the main thread.
class Daemon {
 public:
  explicit Daemon(const DaemonSpec& spec);  // throws Error
  ~Daemon();                                // asks it to end, and kills it if it has not within five seconds
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  int pid() const noexcept { return pid_; }
  bool running();  // false, too, if it has ended by itself

 private:
  int pid_ = -1;
};

// On PATH; throws MachineError naming the package that brings it.
std::string require_program(const std::string& name, const std::string& package);

// One nobody listens on at this moment, on 127.0.0.1.
unsigned free_port();

// Waits until `url` (http://127.0.0.1:PORT/PATH) answers with 200. Throws Error, with the end of the log, when the
// daemon has ended or half a minute has passed.
void await_ready(Daemon& daemon, const std::string& url, const std::filesystem::path& log);

}  // namespace segue::monitor
