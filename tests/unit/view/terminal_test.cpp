#include "orchestrator/view/terminal.hpp"

#include <doctest/doctest.h>
#include <termios.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>

#include "nodes/base/error.hpp"
#include "orchestrator/view/live_view.hpp"
#include "tests/unit/view/pseudo_terminal.hpp"

using namespace segue;
using namespace segue::view;
using segue::test::PseudoTerminal;

namespace {

Grid grid_of(std::string_view text, int columns, int rows) {
  Grid grid(columns, rows);
  Pane(grid).put(0, 0, text);
  return grid;
}

// The locale for as long as this lives.
class InLocale {
 public:
  explicit InLocale(const char* name) {
    if (const char* const before = std::getenv("LC_ALL")) before_ = before;
    ::setenv("LC_ALL", name, 1);
  }
  InLocale(const InLocale&) = delete;
  InLocale& operator=(const InLocale&) = delete;
  ~InLocale() { before_ ? ::setenv("LC_ALL", before_->c_str(), 1) : ::unsetenv("LC_ALL"); }

 private:
  std::optional<std::string> before_;
};

constexpr std::string_view begins = "\x1b[?1049h";  // the other screen of an xterm, and back
constexpr std::string_view ends = "\x1b[?1049l";

}  // namespace

TEST_CASE("a terminal shows what is drawn, and is as it was afterwards") {
  const InLocale locale("C.UTF-8");
  PseudoTerminal pseudo(20, 5);
  const auto before = pseudo.settings();
  {
    Terminal terminal(pseudo.open(), "xterm");
    CHECK(terminal.size().columns == 20);
    CHECK(terminal.size().rows == 5);
    terminal.draw(grid_of("│ab→█", 20, 5));
    CHECK(pseudo.await(begins));
    CHECK(pseudo.await("│ab→█"));
    CHECK((pseudo.settings().c_lflag & (ECHO | ICANON | ISIG)) == 0);
    CHECK(pseudo.said().find(ends) == std::string::npos);
  }
  CHECK(pseudo.await(ends));
  CHECK(pseudo.settings().c_lflag == before.c_lflag);
  CHECK(pseudo.settings().c_iflag == before.c_iflag);
  CHECK(pseudo.settings().c_oflag == before.c_oflag);
}

TEST_CASE("a terminal is as it was after an exception, too") {
  PseudoTerminal pseudo(20, 5);
  try {
    const Terminal terminal(pseudo.open(), "xterm");
    throw Error("something else");
  } catch (const Error&) {
  }
  CHECK(pseudo.await(ends));
}

TEST_CASE("keys come one at a time, Ctrl-C among them, and signals stay whose they were") {
  constexpr std::array signals = {SIGINT, SIGTERM, SIGTSTP, SIGWINCH};
  std::array<struct sigaction, signals.size()> before{};
  for (std::size_t i = 0; i < signals.size(); ++i) ::sigaction(signals[i], nullptr, &before[i]);
  PseudoTerminal pseudo(20, 5);
  Terminal terminal(pseudo.open(), "xterm");
  CHECK(terminal.key() == Terminal::no_key);
  pseudo.type("q\x03");
  REQUIRE(pseudo.readable(terminal.fd()));
  CHECK(terminal.key() == 'q');
  CHECK(terminal.key() == Terminal::control_c);
  CHECK(terminal.key() == Terminal::no_key);
  for (std::size_t i = 0; i < signals.size(); ++i) {
    struct sigaction action {};
    REQUIRE(::sigaction(signals[i], nullptr, &action) == 0);
    const bool untouched = action.sa_handler == before[i].sa_handler;
    CHECK(untouched);
  }
}

TEST_CASE("a terminal that changes its size is drawn in the new one") {
  PseudoTerminal pseudo(20, 5);
  Terminal terminal(pseudo.open(), "xterm");
  terminal.draw(grid_of("small", 20, 5));
  pseudo.resize(30, 6);
  CHECK(terminal.size().columns == 30);
  Grid grid(30, 6);
  Pane(grid).put(22, 5, "farther");
  terminal.draw(grid);
  CHECK(pseudo.await("farther"));
}

TEST_CASE("a terminal without Unicode gets ASCII") {
  const InLocale locale("C");
  PseudoTerminal pseudo(20, 5);
  Terminal terminal(pseudo.open(), "xterm");
  terminal.draw(grid_of("│ab→█", 20, 5));
  CHECK(pseudo.await("|ab>#"));
}

TEST_CASE("a terminal that nobody knows, or that has no cursor to place, is refused and left alone") {
  PseudoTerminal pseudo(20, 5);
  CHECK_THROWS_WITH_AS(Terminal(pseudo.open(), "no-such-terminal"),
                       "show a view: terminals of type \"no-such-terminal\" are not known here", Error);
  CHECK_THROWS_WITH_AS(Terminal(pseudo.open(), "dumb"),
                       "show a view: a terminal of type \"dumb\" cannot place its cursor", Error);
  CHECK(pseudo.said().empty());
}

// As in a program of its own: doctest has handlers for what would end one, and a view leaves signals to handlers.
class DefaultSignal {
 public:
  explicit DefaultSignal(int signal) : signal_(signal) {
    struct sigaction action {};
    action.sa_handler = SIG_DFL;
    ::sigaction(signal_, &action, &before_);
  }
  DefaultSignal(const DefaultSignal&) = delete;
  DefaultSignal& operator=(const DefaultSignal&) = delete;
  ~DefaultSignal() { ::sigaction(signal_, &before_, nullptr); }

 private:
  int signal_;
  struct sigaction before_ {};
};

TEST_CASE("a live view follows its picture, hands Ctrl-C on, and goes") {
  const DefaultSignal interrupt(SIGINT);
  PseudoTerminal pseudo(60, 10);
  std::atomic<bool> second = false;
  sigset_t before;
  REQUIRE(::sigprocmask(SIG_SETMASK, nullptr, &before) == 0);
  {
    LiveView view(std::make_unique<Terminal>(pseudo.open(), "xterm"),
                  [&] { return Picture{.name = second ? "after" : "before"}; });
    CHECK(pseudo.await("before"));
    second = true;
    view.changed();
    CHECK(pseudo.await("after"));

    sigset_t held;
    REQUIRE(::sigprocmask(SIG_SETMASK, nullptr, &held) == 0);
    REQUIRE(::sigismember(&held, SIGINT) == 1);
    pseudo.type("\x03");
    sigset_t wanted;
    ::sigemptyset(&wanted);
    ::sigaddset(&wanted, SIGINT);
    const timespec limit{.tv_sec = 10, .tv_nsec = 0};
    CHECK(::sigtimedwait(&wanted, nullptr, &limit) == SIGINT);
    CHECK(pseudo.await("ending"));
  }
  CHECK(pseudo.await(ends));
  sigset_t after;
  REQUIRE(::sigprocmask(SIG_SETMASK, nullptr, &after) == 0);
  CHECK(::sigismember(&after, SIGINT) == ::sigismember(&before, SIGINT));
}
