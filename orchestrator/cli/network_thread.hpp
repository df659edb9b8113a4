// A thread that stays in the network that it was started in, for what has to be seen there whatever becomes of the main
// thread: what listens, and the programs that do.
#pragma once

#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

namespace segue::cli {

class NetworkThread {
 public:
  NetworkThread();
  NetworkThread(const NetworkThread&) = delete;
  NetworkThread& operator=(const NetworkThread&) = delete;
  ~NetworkThread();  // what it started dies with it

  // Does it on that thread, and returns when it is done. Throws what `work` throws.
  void perform(const std::function<void()>& work);

 private:
  void serve();

  std::mutex mutex_;
  std::condition_variable changed_;
  const std::function<void()>* work_ = nullptr;
  std::exception_ptr failure_;
  bool over_ = false;
  std::jthread thread_;  // last: it uses the others
};

}  // namespace segue::cli
