// One running guest: its process, its console and its scratch folder. Internal to this folder.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "nodes/base/clock.hpp"
#include "orchestrator/files/passing_folder.hpp"
#include "orchestrator/guest/boot.hpp"
#include "orchestrator/guest/launch.hpp"

namespace segue::guest {

class GuestProcess {
 public:
  using LineHandler = std::function<void(std::string_view)>;

  // Boots. Throws MachineError if the kernel cannot be started.
  GuestProcess(const GuestOptions& options, LineHandler on_line);
  GuestProcess(const GuestProcess&) = delete;
  GuestProcess& operator=(const GuestProcess&) = delete;
  ~GuestProcess();  // kills

  int console() const { return guest_.console.get(); }
  int process() const { return guest_.pidfd.get(); }

  void read_console();       // call when it can be read; the end of it is no event
  void ask_to_stop() const;  // the work gets SIGTERM
  void kill(GuestOutcome why);
  Instant give_up_at() const;  // the earlier of the two limits
  void give_up();              // kills for the limit that has passed

  // Collects the process, which must have ended or been killed, and every process it left.
  GuestResult finish();

 private:
  void take_line(std::string_view line);
  void end_processes() const;

  const GuestOptions& options_;
  LineHandler on_line_;
  files::PassingFolder scratch_;
  Instant started_;
  Instant last_output_;
  Launched guest_;
  std::string partial_line_;
  std::string tail_;
  std::optional<int> status_;
  std::optional<GuestOutcome> killed_for_;
};

}  // namespace segue::guest
