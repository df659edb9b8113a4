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
constexpr Delay grace = std::chrono::seconds(1);  // where agents may end: who waits has others to serve
constexpr std::uint64_t unasked = 0;  // the number of what agents say by themselves, of which the first is Ready
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
    const auto slot = std::make_shared<std::optional<Answer>>();
    questions_[unasked] = {node, now(), [slot](Answer answer) { *slot = std::move(answer); }};
    const Report report = await(node, slot, now() + patience);
    const auto* ready = std::get_if<protocol::Ready>(&report);
    if (ready == nullptr) unexpected(node);
    members_[node].pid = ready->pid;
    loop_.on_readable(members_[node].channel.fd(), [this, node] { dispatch(node); });
  }
}

void Crew::ask_soon(std::size_t node, const Request& request, std::function<void(Answer)> done) {
  if (up(node)) return post(node, request, std::move(done));
  loop_.at(now(), [done = std::move(done), error = Error(end_of(node))] { done(error); });
}

Report Crew::ask(std::size_t node, const Request& request) {
  if (hangs(node)) throw Error(silence_of(node));
  return await(node, post(node, request), deadline_for(request));
}

void Crew::ask_all(const std::vector<std::pair<std::size_t, Request>>& requests) {
  if (ask_those_up(requests).size() == requests.size()) return;
  for (const auto& [node, request] : requests) {
    if (!up(node)) throw Error(end_of(node));
    if (hangs(node)) throw Error(silence_of(node));
  }
}

std::vector<std::pair<std::size_t, Report>> Crew::ask_those_up(
    const std::vector<std::pair<std::size_t, Request>>& requests) {
  std::vector<std::pair<std::size_t, Slot>> asked;
  asked.reserve(requests.size());
  Instant deadline = now();  // of all together: several that hang delay no more than one
  for (const auto& [node, request] : requests) {
    if (agents_may_end_ && (!up(node) || hangs(node))) continue;
    asked.emplace_back(node, post(node, request));
    deadline = std::max(deadline, deadline_for(request));
  }
  std::vector<std::pair<std::size_t, Report>> reports;
  reports.reserve(asked.size());
  for (const auto& [node, slot] : asked) {
    try {
      reports.emplace_back(node, await(node, slot, deadline));
    } catch (const Error&) {
      const bool absent = !up(node) || !*slot;
      if (!absent || !agents_may_end_) throw;
    }
  }
  return reports;
}

void Crew::post(std::size_t node, const Request& request, std::function<void(Answer)> done) {
  const auto number = next_number_++;
  questions_.emplace(number, Question{node, now(), std::move(done)});
  if (!up(node)) return answer(number, Error(end_of(node)));
  watch_over_questions();
  try {
    members_[node].channel.send(protocol::encode(number, request));
  } catch (const Error&) {
    note_end(node);
  }
}

Crew::Slot Crew::post(std::size_t node, const Request& request) {
  auto slot = std::make_shared<std::optional<Answer>>();
  post(node, request, [slot](Answer answer) { *slot = std::move(answer); });
  return slot;
}

Report Crew::await(std::size_t node, const Slot& slot, Instant deadline) {
  while (!*slot) {
    if (has_said(node, deadline)) {
      take(node);
    } else if (agents_may_end_) {
      throw Error(silence_of(node));
    } else {
      kill_hung(node);
    }
  }
  if (const auto* error = std::get_if<Error>(&**slot)) throw Error(*error);
  return std::get<Report>(std::move(**slot));
}

void Crew::answer(std::uint64_t number, Answer answer) {
  const auto found = questions_.find(number);
  if (found == questions_.end()) return;
  const auto done = std::move(found->second.done);
  questions_.erase(found);
  done(std::move(answer));
}

// To start a flow is to start a program, which may take its time on a machine that is busy.
Instant Crew::deadline_for(const Request& request) const {
  const bool hurried = agents_may_end_ && !std::holds_alternative<protocol::StartIperf>(request);
  return now() + (hurried ? grace : patience);
}

bool Crew::hangs(std::size_t node) const {
  return agents_may_end_ && std::any_of(questions_.begin(), questions_.end(), [&](const auto& entry) {
           return entry.second.node == node && entry.second.asked + grace < now();
         });
}

void Crew::watch_over_questions() {
  if (watched_over_ || questions_.empty()) return;
  watched_over_ = true;
  loop_.at(questions_.begin()->second.asked + patience, [this] {
    watched_over_ = false;
    give_up_on_the_silent();
    watch_over_questions();
  });
}

void Crew::give_up_on_the_silent() {
  while (!questions_.empty() && questions_.begin()->second.asked + patience <= now()) {
    const std::size_t node = questions_.begin()->second.node;
    if (has_said(node, now())) {
      take(node);  // this loop was late, and not the agent
    } else {
      kill_hung(node);
    }
    if (!up(node) && !agents_may_end_) throw Error(end_of(node));
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

void Crew::take(std::size_t node) {
  const auto message = members_[node].channel.receive();
  if (!message) return note_end(node);
  auto [number, report] = protocol::decode_report(*message);
  if (questions_.contains(number)) {
    const auto* failed = std::get_if<protocol::Failed>(&report);
    if (failed == nullptr) return answer(number, std::move(report));
    return answer(number, Error(fmt::format("node {}: {}", members_[node].name, failed->what), failed->exit_code));
  }
  if (handler_) handler_(node, report);
}

void Crew::dispatch(std::size_t node) {
  if (!has_said(node, now())) return;  // a handler before this one, of the same wakening, asked and took it
  take(node);
  if (!up(node) && !agents_may_end_) throw Error(end_of(node));
}

std::string Crew::end_of(std::size_t node) const {
  const Member& member = members_[node];
  if (!member.hung) return fmt::format("node {}: its agent has ended", member.name);
  return fmt::format("node {}: its agent did not answer for {} s, and was killed", member.name,
                     std::chrono::duration_cast<std::chrono::seconds>(patience).count());
}

std::string Crew::silence_of(std::size_t node) const {
  return fmt::format("node {}: its agent does not answer", members_[node].name);
}

void Crew::kill_hung(std::size_t node) {
  members_[node].hung = true;
  if (pid(node) > 0) ::kill(pid(node), SIGKILL);
  note_end(node);
}

void Crew::note_end(std::size_t node) {
  Member& member = members_[node];
  if (std::exchange(member.ended, true)) return;
  loop_.remove(member.channel.fd());
  std::vector<std::uint64_t> unanswered;
  for (const auto& [number, question] : questions_) {
    if (question.node == node) unanswered.push_back(number);
  }
  for (const auto number : unanswered) answer(number, Error(end_of(node)));
  if (end_handler_) end_handler_(node);
}

void Crew::unexpected(std::size_t node) const {
  throw Error(fmt::format("node {}: its agent gave an answer of another kind", members_[node].name));
}

}  // namespace segue::lab
