#include "orchestrator/lab/crew.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>

#include "nodes/base/error.hpp"
#include "nodes/protocol/nursery.hpp"

namespace segue::lab {

using protocol::Report;
using protocol::Request;

namespace {
constexpr Delay patience = std::chrono::seconds(10);
constexpr Delay farewell = std::chrono::milliseconds(300);  // for agents that have been hung up on
}  // namespace

Crew::Crew(Loop& loop) : loop_(loop), nursery_(helper_program("segue-node"), {}), group_(nursery_.pid()) {}

Crew::~Crew() {
  for (auto& member : members_) {
    loop_.remove(member.channel.fd());
    member.channel.release();
  }
  nursery_.hang_up();
  const Instant until = now() + farewell;
  for (const auto& member : members_) {
    if (member.pid > 0 && !process::ends_by(member.pid, until)) break;
  }
  ::kill(-group_, SIGKILL);  // whoever is left; the group's number is theirs until they are collected
  nursery_.wait(until);
  while (::waitpid(-group_, nullptr, 0) >= 0 || errno == EINTR) {
  }
}

void Crew::start(const std::string& name, int space) {
  auto [ours, theirs] = protocol::Channel::pair();
  protocol::ask_for(nursery_.channel().fd(), static_cast<std::uint32_t>(members_.size()), theirs.fd(), space);
  members_.push_back({name, std::move(ours)});
}

void Crew::await_ready() {
  nursery_.hang_up();
  for (std::size_t node = 0; node < members_.size(); ++node) {
    const Report report = await(node, 0, now() + patience);
    const auto* ready = std::get_if<protocol::Ready>(&report);
    if (ready == nullptr) unexpected(node);
    members_[node].pid = ready->pid;
    loop_.on_readable(members_[node].channel.fd(), [this, node] { dispatch(node); });
  }
}

Report Crew::ask(std::size_t node, const Request& request) {
  return await(node, send(node, request), now() + patience);
}

void Crew::ask_all(const std::vector<std::pair<std::size_t, Request>>& requests) {
  ask_those_up(requests);
  for (const auto& [node, request] : requests) {
    if (!up(node)) has_ended(node);
  }
}

std::vector<std::pair<std::size_t, Report>> Crew::ask_those_up(
    const std::vector<std::pair<std::size_t, Request>>& requests) {
  std::vector<std::pair<std::size_t, std::uint64_t>> sent;
  std::vector<std::pair<std::size_t, Report>> reports;
  sent.reserve(requests.size());
  reports.reserve(requests.size());
  const auto unless_ended = [this](std::size_t node, auto converse) {
    try {
      converse();
    } catch (const Error&) {
      if (up(node) || !agents_may_end()) throw;
    }
  };
  for (const auto& [node, request] : requests) {
    unless_ended(node, [&, node = node, &request = request] { sent.emplace_back(node, send(node, request)); });
  }
  const Instant deadline = now() + patience;  // of all together: several that hang delay no more than one
  for (const auto& [node, number] : sent) {
    unless_ended(node,
                 [&, node = node, number = number] { reports.emplace_back(node, await(node, number, deadline)); });
  }
  return reports;
}

std::uint64_t Crew::send(std::size_t node, const Request& request) {
  if (members_[node].ended) has_ended(node);
  const auto number = next_number_++;
  try {
    members_[node].channel.send(protocol::encode(number, request));
  } catch (const Error&) {
    has_ended(node);
  }
  return number;
}

Report Crew::await(std::size_t node, std::uint64_t wanted, Instant deadline) {
  for (;;) {
    auto [number, report] = receive(node, deadline);
    if (number == wanted) {
      if (const auto* failed = std::get_if<protocol::Failed>(&report)) {
        throw Error(fmt::format("node {}: {}", members_[node].name, failed->what), failed->exit_code);
      }
      return std::move(report);
    }
    if (handler_) handler_(node, report);
  }
}

bool Crew::has_said(std::size_t node, Instant deadline) {
  pollfd waiting{members_[node].channel.fd(), POLLIN, 0};
  int ready = 0;
  do {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(std::max(deadline - now(), Delay{0}));
    ready = ::poll(&waiting, 1, static_cast<int>(left.count()));
  } while (ready < 0 && errno == EINTR);
  return ready != 0;
}

std::pair<std::uint64_t, Report> Crew::receive(std::size_t node, Instant deadline) {
  if (!has_said(node, deadline)) {
    members_[node].hung = true;
    if (pid(node) > 0) ::kill(pid(node), SIGKILL);
    has_ended(node);
  }
  const auto message = members_[node].channel.receive();
  if (!message) has_ended(node);
  return protocol::decode_report(*message);
}

void Crew::dispatch(std::size_t node) {
  if (!has_said(node, now())) return;  // a handler before this one, of the same wakening, asked and took it
  try {
    const auto [number, report] = receive(node, now() + patience);
    if (handler_) handler_(node, report);
  } catch (const Error&) {
    if (!members_[node].ended || !end_handler_) throw;
  }
}

std::string Crew::end_of(std::size_t node) const {
  const Member& member = members_[node];
  if (!member.hung) return fmt::format("node {}: its agent has ended", member.name);
  return fmt::format("node {}: its agent did not answer for {} s, and was killed", member.name,
                     std::chrono::duration_cast<std::chrono::seconds>(patience).count());
}

void Crew::has_ended(std::size_t node) {
  Member& member = members_[node];
  if (!member.ended) {
    member.ended = true;
    loop_.remove(member.channel.fd());
    if (end_handler_) end_handler_(node);
  }
  throw Error(end_of(node));
}

void Crew::unexpected(std::size_t node) const {
  throw Error(fmt::format("node {}: its agent gave an answer of another kind", members_[node].name));
}

}  // namespace segue::lab
