// The agents of a lab, one in each node, and the conversation with them.
//
// A question is answered from the loop (ask_soon), or waited for (ask). What agents report unasked goes to a handler;
// it, and answers to ask_soon(), also come while another answer is waited for.
// Errors: Error naming the node, also when an agent has ended. One that has not answered ten seconds after it was asked
// is killed, and so has ended too. Where agents may end nobody waits for that: whoever asks one that hangs goes on
// without it after a second, and at once from then on.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "nodes/base/error.hpp"
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

  // That an agent has ended by itself is an Error out of the loop and of whoever waits for it, unless it may: a lab that
  // stays up goes on without it.
  void let_agents_end() noexcept { agents_may_end_ = true; }
  // Called when one has, whether it may or not.
  void on_end(std::function<void(std::size_t node)> handler) { end_handler_ = std::move(handler); }
  bool up(std::size_t node) const noexcept { return !members_[node].ended; }
  std::string end_of(std::size_t node) const;  // the words for its end

  // Returns at once. `done` is called once, later: with the answer, or with the Error that is in its place, also when the
  // agent answers Failed.
  using Answer = std::variant<protocol::Report, Error>;
  void ask_soon(std::size_t node, const protocol::Request& request, std::function<void(Answer)> done);

  // Throws Error if the agent answers Failed.
  protocol::Report ask(std::size_t node, const protocol::Request& request);

  // Several nodes at once: all requests are sent before the first answer is awaited, and all have to be answered.
  void ask_all(const std::vector<std::pair<std::size_t, protocol::Request>>& requests);

  // Likewise, and the answers with their nodes. Where agents may end, those that have, before or meanwhile, and those that
  // hang are passed over.
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

  struct Question {
    std::size_t node;
    Instant asked;
    std::function<void(Answer)> done;
  };
  using Slot = std::shared_ptr<std::optional<Answer>>;  // of one who waits, and may have given up

  void post(std::size_t node, const protocol::Request& request, std::function<void(Answer)> done);
  Slot post(std::size_t node, const protocol::Request& request);
  protocol::Report await(std::size_t node, const Slot& slot, Instant deadline);
  void answer(std::uint64_t number, Answer answer);
  Instant deadline_for(const protocol::Request& request) const;
  bool hangs(std::size_t node) const;
  std::string silence_of(std::size_t node) const;  // the words for that
  void watch_over_questions();
  void give_up_on_the_silent();
  bool has_said(std::size_t node, Instant deadline);
  void take(std::size_t node);  // what it has said; waits until it does
  void dispatch(std::size_t node);
  void kill_hung(std::size_t node);
  void note_end(std::size_t node);
  [[noreturn]] void unexpected(std::size_t node) const;

  Loop& loop_;
  ServingChild nursery_;  // the first of their process group
  int group_;
  std::vector<Member> members_;
  std::uint64_t next_number_ = 1;
  std::map<std::uint64_t, Question> questions_;  // by their numbers, and so in the order of their deadlines
  bool watched_over_ = false;                    // a timer is set for the first of them
  Handler handler_;
  std::function<void(std::size_t)> end_handler_;
  bool agents_may_end_ = false;
};

}  // namespace segue::lab
