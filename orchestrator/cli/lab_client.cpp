#include "orchestrator/cli/lab_client.hpp"

#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <nlohmann/json.hpp>
#include <utility>

#include "nodes/base/error.hpp"
#include "nodes/protocol/json.hpp"
#include "orchestrator/keeper/control_socket.hpp"

namespace segue::cli {

using nlohmann::json;

namespace {

std::string the_only_one() {
  const auto names = keeper::labs_up();
  if (names.size() == 1) return names.front();
  if (names.empty()) throw InputError("no lab is up: `segue up LAB`");
  throw InputError(fmt::format("several labs are up, say which: {}", fmt::join(names, ", ")));
}

}  // namespace

LabClient::LabClient(std::string name)
    : name_(name.empty() ? the_only_one() : std::move(name)), fd_(keeper::connect_to(name_)) {}

json LabClient::ask(const json& request) {
  keeper::send_message(fd_.get(), json_text(request));
  auto incoming = keeper::receive_message(fd_.get());
  if (!incoming) throw Error(fmt::format("ask lab {}: it has gone", name_));
  descriptor_ = std::move(incoming->descriptor);
  json answer = parse_json(incoming->text);
  if (answer.contains("error")) {
    throw Error(answer.at("error").get<std::string>(), answer.at("exit_code").get<int>());
  }
  return answer;
}

// By a signal: it reaches a keeper that is in the middle of something, or waits for what does not come.
void LabClient::take_down() {
  if (const Fd keeper = keeper::listener_behind(fd_.get()))
    ::syscall(SYS_pidfd_send_signal, keeper.get(), SIGTERM, nullptr, 0U);
  while (keeper::receive_message(fd_.get())) {
  }
}

}  // namespace segue::cli
