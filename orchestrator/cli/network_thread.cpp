#include "orchestrator/cli/network_thread.hpp"

#include <utility>

namespace segue::cli {

NetworkThread::NetworkThread() : thread_([this] { serve(); }) {}

NetworkThread::~NetworkThread() {
  const std::lock_guard lock(mutex_);
  over_ = true;
  changed_.notify_all();
}

void NetworkThread::perform(const std::function<void()>& work) {
  std::unique_lock lock(mutex_);
  work_ = &work;
  changed_.notify_all();
  changed_.wait(lock, [this] { return work_ == nullptr; });
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

void NetworkThread::serve() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return over_ || work_ != nullptr; });
    if (over_) return;
    try {
      (*work_)();
    } catch (...) {
      failure_ = std::current_exception();
    }
    work_ = nullptr;
    changed_.notify_all();
  }
}

}  // namespace segue::cli
