// The processes of a lab: agents and the wire engine. They die with the orchestrator, and with their control channel.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "nodes/base/clock.hpp"
#include "nodes/base/fd.hpp"
#include "nodes/process/child.hpp"
#include "nodes/protocol/channel.hpp"

namespace segue::lab {

// Where `segue-node` and `segue-wire` are: beside this program, or in ../lib/segue when installed. Throws MachineError.
std::filesystem::path helper_program(const std::string& name);

// A child that serves on a socket pair it inherits. Make it from the main thread (nodes/process/child.hpp).
class ServingChild {
 public:
  // Starts `program arguments… --control <fd>`.
  ServingChild(const std::filesystem::path& program, std::vector<std::string> arguments);
  ~ServingChild();  // hang_up(), and wait() for ten seconds
  ServingChild(ServingChild&& other) noexcept = default;
  ServingChild& operator=(ServingChild&&) = delete;

  protocol::Channel& channel() noexcept { return channel_; }
  Fd take_channel() noexcept { return channel_.release(); }
  int pid() const noexcept { return child_.pid(); }

  Fd watch() const { return child_.watch(); }  // can be read once it has ended
  std::optional<process::Status> ended() { return child_.ended(); }

  void hang_up() { channel_.release(); }  // it ends by itself when it sees this
  void wait(Instant until);               // for its end; one that hangs is killed then

 private:
  ServingChild(const std::filesystem::path& program, std::vector<std::string> arguments,
               std::pair<protocol::Channel, protocol::Channel> ends);

  protocol::Channel channel_;
  process::Child child_;
};

}  // namespace segue::lab
