#include "orchestrator/experiment/worker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <deque>
#include <map>
#include <optional>

#include "nodes/base/error.hpp"
#include "orchestrator/experiment/worker_protocol.hpp"

namespace segue::experiment {

namespace {

class Pool {
 public:
  Pool(const std::vector<RunSpec>& runs, unsigned jobs, const WorkerObserver& observer)
      : runs_(runs), jobs_(std::max(jobs, 1U)), observer_(observer), outcomes_(runs.size()) {}

  std::vector<RunOutcome> perform() {
    if (observer_.interrupt_fd >= 0) loop_.on_readable(observer_.interrupt_fd, [this] { interrupt(); });
    start_more();
    while (!workers_.empty()) loop_.run_once(std::chrono::hours(1));
    for (; next_ < runs_.size(); ++next_) outcomes_[next_] = {.result = {}, .error = "interrupted", .exit_code = 1};
    return std::move(outcomes_);
  }

 private:
  struct Worker {
    lab::ServingChild process;
    std::string result;  // its parts so far
    std::optional<Loop::TimerId> limit;
  };

  void start_more() {
    while (!interrupted_ && workers_.size() < jobs_ && next_ < runs_.size()) start(next_++);
  }

  void start(std::size_t run) {
    lab::ServingChild child("/proc/self/exe", {"worker"});
    send(child.channel(), WorkerMessage::spec, to_json(staggered(run)));
    const int fd = child.channel().fd();
    const auto worker = workers_.emplace(run, Worker{std::move(child), {}, {}}).first;
    if (observer_.wall_limit > Delay{0}) {
      worker->second.limit = loop_.after(observer_.wall_limit, [this, run] { give_up(run); });
    }
    loop_.on_readable(fd, [this, run] { take_or_end(run); });
    if (observer_.started) observer_.started(run);
  }

  // The first runs begin apart; those that follow begin where these end, and stay apart.
  RunSpec staggered(std::size_t run) const {
    RunSpec spec = runs_[run];
    const auto first = std::min(jobs_, runs_.size());
    if (run < first) spec.stagger = static_cast<std::int64_t>(run) * spec.interval / static_cast<std::int64_t>(first);
    return spec;
  }

  void interrupt() {
    interrupted_ = true;
    loop_.remove(observer_.interrupt_fd);
    for (auto& [run, worker] : workers_) {
      try {
        send(worker.process.channel(), WorkerMessage::stop, {});
      } catch (const Error&) {
        // It has ended by itself, and what it left to say is read like that of any other.
      }
    }
  }

  // What a worker says wrongly is the end of its run and of no other.
  void take_or_end(std::size_t run) {
    try {
      take(run);
    } catch (const Error& error) {
      if (!workers_.contains(run)) throw;  // an observer's, after the end of the run
      ::kill(workers_.at(run).process.pid(), SIGKILL);
      end(run, {.result = {}, .error = fmt::format("what its worker says: {}", error.what()), .exit_code = 1});
    }
  }

  void take(std::size_t run) {
    Worker& worker = workers_.at(run);
    const auto message = worker.process.channel().receive();
    if (!message || message->empty()) return end(run, {.result = {}, .error = "its worker ended", .exit_code = 1});
    const std::string_view body = std::string_view(*message).substr(1);
    switch (static_cast<WorkerMessage>(message->front())) {
      case WorkerMessage::handover:
        if (observer_.handover) observer_.handover(run, record::scorecard_from_json(body));
        return;
      case WorkerMessage::sample:
        if (observer_.sample) observer_.sample(run, record::sample_from_json(body));
        return;
      case WorkerMessage::part:
        worker.result += body;
        return;
      case WorkerMessage::end:
        return end(run, {.result = record::result_from_json(worker.result), .error = {}, .exit_code = 0});
      case WorkerMessage::failure: {
        int exit_code = 1;
        const auto [rest, error] = std::from_chars(body.data(), body.data() + body.size(), exit_code);
        const auto text = body.substr(static_cast<std::size_t>(rest - body.data()));
        return end(run,
                   {.result = {}, .error = std::string(text.substr(text.empty() ? 0 : 1)), .exit_code = exit_code});
      }
      default:
        throw Error("a worker said what no worker says");
    }
  }

  void give_up(std::size_t run) {
    ::kill(workers_.at(run).process.pid(), SIGKILL);
    const auto text = fmt::format("it took longer than {}", segue::to_text(observer_.wall_limit));
    end(run, {.result = {}, .error = text, .exit_code = 1});
  }

  void end(std::size_t run, RunOutcome outcome) {
    if (const auto limit = workers_.at(run).limit) loop_.cancel(*limit);
    loop_.remove(workers_.at(run).process.channel().fd());
    workers_.erase(run);
    if (observer_.ended) observer_.ended(run, outcome);
    if (!observer_.keep_results) outcome.result = {};
    outcomes_[run] = std::move(outcome);
    start_more();
  }

  const std::vector<RunSpec>& runs_;
  std::size_t jobs_;
  const WorkerObserver& observer_;
  std::vector<RunOutcome> outcomes_;
  Loop loop_;
  std::map<std::size_t, Worker> workers_;
  std::size_t next_ = 0;
  bool interrupted_ = false;
};

}  // namespace

std::vector<RunOutcome> perform_runs(const std::vector<RunSpec>& runs, unsigned jobs, const WorkerObserver& observer) {
  return Pool(runs, jobs, observer).perform();
}

}  // namespace segue::experiment
