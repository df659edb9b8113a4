// The command line's end of a lab's control socket.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "nodes/base/fd.hpp"

namespace segue::cli {

class LabClient {
 public:
  // "": the only lab that is up. Throws InputError.
  explicit LabClient(std::string name);

  const std::string& name() const noexcept { return name_; }

  // Throws what the lab answers, as Error with its exit code. A descriptor that comes along is kept for
  // take_descriptor().
  nlohmann::json ask(const nlohmann::json& request);
  Fd take_descriptor() { return std::move(descriptor_); }

  void take_down();  // returns when the lab has gone

 private:
  std::string name_;
  Fd fd_;
  Fd descriptor_;
};

}  // namespace segue::cli
