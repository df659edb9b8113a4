#include "orchestrator/view/live_view.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <utility>

#include "nodes/base/error.hpp"
#include "nodes/base/loop.hpp"
#include "orchestrator/view/render.hpp"

namespace segue::view {

namespace {

Fd event() { return Fd(check(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "make an event")); }

void raise(const Fd& event) {
  const std::uint64_t one = 1;
  (void)!::write(event.get(), &one, sizeof one);
}

void take(const Fd& event) {
  std::uint64_t count = 0;
  (void)!::read(event.get(), &count, sizeof count);
}

bool would_end_program(int signal) {
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_DFL;
}

// What one thread draws until it is told to end.
class Show {
 public:
  Show(Terminal& terminal, const std::function<Picture()>& source, const Fd& changed, const Fd& end)
      : terminal_(terminal), source_(source) {
    loop_.on_readable(changed.get(), [this, &changed] {
      take(changed);
      draw_soon();
    });
    loop_.on_readable(end.get(), [this] { loop_.stop(); });
    loop_.on_readable(terminal.fd(), [this] { read_keys(); });
    draw();
    loop_.run();
  }

  // Asked a second time to end: what that does may leave nobody to put the terminal back.
  bool impatient() const noexcept { return impatient_; }

 private:
  // Virtual runs tell of hundreds of handovers a second.
  void draw_soon() {
    constexpr Delay least = std::chrono::milliseconds(100);
    if (soon_) return;
    soon_ = true;
    loop_.at(drawn_ + least, [this] { draw(); });
  }

  void draw() {
    constexpr Delay most = std::chrono::seconds(1);
    soon_ = false;
    drawn_ = now();
    const auto size = terminal_.size();
    terminal_.draw(
        render(source_(), size.columns, size.rows,
               ending_ ? "ending: what is under way is finished first" : "Ctrl-C ends it and keeps what was measured"));
    loop_.cancel(again_);
    again_ = loop_.after(most, [this] { draw(); });
  }

  void read_keys() {
    int key = terminal_.key();
    if (key == Terminal::no_key) return loop_.remove(terminal_.fd());  // it has hung up
    for (; key != Terminal::no_key; key = terminal_.key()) {
      if (key == Terminal::control_l) terminal_.draw_anew();
      if (key == Terminal::control_c) {
        if (std::exchange(ending_, true)) {
          impatient_ = true;
          return loop_.stop();
        }
        ::kill(::getpid(), SIGINT);
      }
    }
    draw_soon();
  }

  Terminal& terminal_;
  const std::function<Picture()>& source_;
  Loop loop_;
  Loop::TimerId again_{};
  Instant drawn_{};
  bool soon_ = false;
  bool ending_ = false;
  bool impatient_ = false;
};

}  // namespace

LiveView::LiveView(std::unique_ptr<Terminal> terminal, std::function<Picture()> source)
    : terminal_(std::move(terminal)), source_(std::move(source)), changed_(event()), end_(event()) {
  sigset_t held;
  ::sigemptyset(&held);
  for (const int signal : {SIGINT, SIGTERM}) {
    if (would_end_program(signal)) ::sigaddset(&held, signal);
  }
  ::pthread_sigmask(SIG_BLOCK, &held, &signals_before_);
  sigset_t all;
  sigset_t ours;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &ours);  // the new thread has none
  thread_ = std::thread([this] { show(); });
  ::pthread_sigmask(SIG_SETMASK, &ours, nullptr);
}

LiveView::~LiveView() {
  raise(end_);
  thread_.join();
  terminal_.reset();
  ::pthread_sigmask(SIG_SETMASK, &signals_before_, nullptr);
}

void LiveView::changed() { raise(changed_); }

// A view that fails is no reason for what it shows to fail.
void LiveView::show() {
  try {
    if (!Show(*terminal_, source_, changed_, end_).impatient()) return;
    terminal_.reset();
    ::kill(::getpid(), SIGINT);
  } catch (const std::exception&) {
  }
}

}  // namespace segue::view
