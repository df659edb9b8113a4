// A picture that is shown while something else goes on: a thread that draws it when it changes, and once a second.
//
// Where SIGINT or SIGTERM would end the program they are held back from the thread that made it for as long as it
// stands, so that none of them does before the terminal is as it was: whoever performs the work reads them from a
// signalfd. Where the program has a handler they come as they did. Ctrl-C at the terminal becomes a SIGINT to this
// process alone; a second one too, once the view is gone.
#pragma once

#include <csignal>
#include <functional>
#include <memory>
#include <thread>

#include "nodes/base/fd.hpp"
#include "orchestrator/view/picture.hpp"
#include "orchestrator/view/terminal.hpp"

namespace segue::view {

class LiveView {
 public:
  // `source` is called from the thread of the view.
  LiveView(std::unique_ptr<Terminal> terminal, std::function<Picture()> source);
  LiveView(const LiveView&) = delete;
  LiveView& operator=(const LiveView&) = delete;
  ~LiveView();  // the terminal is as it was

  void changed();  // draws anew, soon

 private:
  void show();

  std::unique_ptr<Terminal> terminal_;
  std::function<Picture()> source_;
  Fd changed_;  // eventfd
  Fd end_;      // eventfd
  sigset_t signals_before_{};
  std::thread thread_;
};

}  // namespace segue::view
