// The agents of a lab, one in each node, and the conversation with them.
//
// Requests wait for their answer; what agents report unasked goes to a handler, from ask() as well as from the loop.
// Errors: Error naming the node, also when an agent has ended. One that does not answer within ten seconds is killed,
// and so has ended too: nodes that hang delay nobody twice, and several no more than one.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "nodes/base/loop.hpp"
#include "nodes/protocol/control.hpp"
#include "orchestrator/lab/process.hpp"

namespace segue::lab {

class Crew {
 public:
  using Handler = std::function<void(std::size_t node, const protocol::Report&)>;

  explicit Crew(Loop& loop);
  ~Crew();  // waits until all have ended
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  // Has the next node's agent started in this network namespace, and does not wait for it.
  void start(const std::string& name, int space);
  // Returns when each agent has said that it is ready: after the last start, and before anything is asked of them.
  void await_ready();

  void on_report(Handler handler) { handler_ = std::move(handler); }

  // Called when an agent has ended by itself; without a handler that is an Error out of the loop.
  void on_end(std::function<void(std::size_t node)> handler) { end_handler_ = std::move(handler); }
  bool agents_may_end() const noexcept { return static_cast<bool>(end_handler_); }
  bool up(std::size_t node) const noexcept { return !members_[node].ended; }
  std::string end_of(std::size_t node) const;  // the words for its end

  // Throws Error if the agent answers Failed.
  protocol::Report ask(std::size_t node, const protocol::Request& request);

  // Several nodes at once: all requests are sent before the first answer is awaited, and all have to be answered.
  void ask_all(const std::vector<std::pair<std::size_t, protocol::Request>>& requests);

  // Likewise, and the answers with their nodes. Where agents may end, those that have, before or meanwhile, are passed
  // over.
  std::vector<std::pair<std::size_t, protocol::Report>> ask_those_up(
      const std::vector<std::pair<std::size_t, protocol::Request>>& requests);

  template <typename Expected>
  Expected ask_for(std::size_t node, const protocol::Request& request) {
    protocol::Report report = ask(node, request);
    auto* expected = std::get_if<Expected>(&report);
    if (expected == nullptr) unexpected(node);
    return std::move(*expected);
  }

  std::size_t size() const noexcept { return members_.size(); }
  int pid(std::size_t node) const noexcept { return members_[node].pid; }

 private:
  struct Member {
    std::string name;
    protocol::Channel channel;
    int pid = -1;
    bool ended = false;
    bool hung = false;  // before it was killed
  };

  std::uint64_t send(std::size_t node, const protocol::Request& request);
  protocol::Report await(std::size_t node, std::uint64_t number, Instant deadline);
  bool has_said(std::size_t node, Instant deadline);
  std::pair<std::uint64_t, protocol::Report> receive(std::size_t node, Instant deadline);
  void dispatch(std::size_t node);
  [[noreturn]] void has_ended(std::size_t node);
  [[noreturn]] void unexpected(std::size_t node) const;

  Loop& loop_;
  ServingChild nursery_;  // the first of their process group
  int group_;
  std::vector<Member> members_;
  std::uint64_t next_number_ = 1;
  Handler handler_;
  std::function<void(std::size_t)> end_handler_;
};

}  // namespace segue::lab
