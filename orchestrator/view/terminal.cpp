#include "orchestrator/view/terminal.hpp"

#include <fcntl.h>
#include <langinfo.h>
#include <sys/ioctl.h>
#include <termios.h>

#include <array>
#include <clocale>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>

#define NCURSES_NOMACROS
#include <curses.h>
#include <term.h>
#undef columns  // a macro of <term.h>

#include "nodes/base/error.hpp"

namespace segue::view {

namespace {

bool is_set(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

// The user's, which decides what can be shown. Where nobody chose one, as in a container: Unicode, which terminals
// have.
locale_t locale_of_user() {
  const bool chosen = is_set("LC_ALL") || is_set("LC_CTYPE") || is_set("LANG");
  locale_t locale = ::newlocale(LC_CTYPE_MASK, chosen ? "" : "C.UTF-8", nullptr);
  if (locale == nullptr) locale = ::newlocale(LC_CTYPE_MASK, "C", nullptr);
  return locale;
}

bool has_unicode(locale_t locale) { return std::string_view(::nl_langinfo_l(CODESET, locale)) == "UTF-8"; }

// ncurses asks the locale of the thread that calls it.
class WithLocale {
 public:
  explicit WithLocale(locale_t locale) : before_(::uselocale(locale)) {}
  WithLocale(const WithLocale&) = delete;
  WithLocale& operator=(const WithLocale&) = delete;
  ~WithLocale() { ::uselocale(before_); }

 private:
  locale_t before_;
};

// ncurses installs handlers for these, which belong to whoever runs the loop.
class KeptSignals {
 public:
  KeptSignals() {
    for (std::size_t i = 0; i < signals.size(); ++i) ::sigaction(signals[i], nullptr, &before_[i]);
  }
  KeptSignals(const KeptSignals&) = delete;
  KeptSignals& operator=(const KeptSignals&) = delete;
  ~KeptSignals() {
    for (std::size_t i = 0; i < signals.size(); ++i) ::sigaction(signals[i], &before_[i], nullptr);
  }

 private:
  static constexpr std::array signals = {SIGINT, SIGTERM, SIGTSTP, SIGWINCH};
  std::array<struct sigaction, signals.size()> before_{};
};

// setupterm() and newterm() take pointers to what they do not change.
char* text_of(const std::string& text) { return const_cast<char*>(text.c_str()); }

void require_cursor(int fd, const std::string& type) {
  int status = 0;
  if (::setupterm(text_of(type), fd, &status) != OK) {
    throw Error("show a view: terminals of type \"" + type + "\" are not known here");
  }
  const char* const move = ::tigetstr(const_cast<char*>("cup"));
  const bool able = move != nullptr && reinterpret_cast<std::intptr_t>(move) != -1;
  ::del_curterm(cur_term);
  if (!able) throw Error("show a view: a terminal of type \"" + type + "\" cannot place its cursor");
}

enum Pair : short { green = 1, yellow, red, cyan };

attr_t attributes_of(Style style, bool colours) {
  const auto colour = [&](Pair pair) { return colours ? static_cast<attr_t>(COLOR_PAIR(pair)) : attr_t{A_NORMAL}; };
  switch (style) {
    case Style::dim:
      return A_DIM;
    case Style::bold:
      return A_BOLD;
    case Style::good:
      return colour(green);
    case Style::warning:
      return colour(yellow) | A_BOLD;
    case Style::bad:
      return colour(red) | A_BOLD;
    case Style::accent:
      return colour(cyan) | A_BOLD;
    case Style::title:
      return A_REVERSE | A_BOLD;
    case Style::plain:
      break;
  }
  return A_NORMAL;
}

}  // namespace

struct Terminal::Screen {
  Fd fd;
  locale_t locale;
  std::FILE* stream = nullptr;
  SCREEN* screen = nullptr;
  bool colours = false;
  bool unicode = false;

  Screen(Fd terminal, const std::string& type) : fd(std::move(terminal)), locale(locale_of_user()) {
    try {
      begin(type);
    } catch (...) {
      ::freelocale(locale);
      throw;
    }
  }

  void begin(const std::string& type) {
    const WithLocale with(locale);
    const KeptSignals kept;
    unicode = has_unicode(locale);
    require_cursor(fd.get(), type);
    Fd copy(check(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0), "open the terminal"));
    stream = ::fdopen(copy.get(), "r+");
    if (stream == nullptr) throw_errno("open the terminal");
    copy.release();
    screen = ::newterm(text_of(type), stream, stream);
    if (screen == nullptr) {
      std::fclose(stream);
      throw Error("show a view on a terminal of type " + type);
    }
    ::raw();
    ::noecho();
    ::nonl();
    ::curs_set(0);
    ::typeahead(-1);  // keys do not keep the screen from being drawn
    ::keypad(stdscr, TRUE);
    ::nodelay(stdscr, TRUE);
    ::set_escdelay(25);
    colours = ::has_colors() && !is_set("NO_COLOR");
    if (!colours) return;
    ::start_color();
    const short background = ::use_default_colors() == OK ? -1 : COLOR_BLACK;
    ::init_pair(green, COLOR_GREEN, background);
    ::init_pair(yellow, COLOR_YELLOW, background);
    ::init_pair(red, COLOR_RED, background);
    ::init_pair(cyan, COLOR_CYAN, background);
  }

  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  ~Screen() {
    {
      const WithLocale with(locale);
      const KeptSignals kept;
      ::endwin();
      ::delscreen(screen);
      std::fclose(stream);
    }
    ::freelocale(locale);
  }
};

bool terminal_has_unicode() {
  const locale_t locale = locale_of_user();
  const bool unicode = has_unicode(locale);
  ::freelocale(locale);
  return unicode;
}

Terminal::Terminal(Fd terminal, const std::string& type)
    : screen_(std::make_unique<Screen>(std::move(terminal), type)) {}

Terminal::~Terminal() = default;

std::unique_ptr<Terminal> Terminal::open(int fd) {
  const char* const type = std::getenv("TERM");
  if (type == nullptr || ::isatty(fd) != 1) return nullptr;
  // Standard error may be open for writing only, so the terminal is opened by its name where there is one.
  Fd terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
  if (!terminal) terminal.reset(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  if (!terminal || (::fcntl(terminal.get(), F_GETFL) & O_ACCMODE) != O_RDWR) return nullptr;
  const pid_t foreground = ::tcgetpgrp(terminal.get());
  if (foreground >= 0 && foreground != ::getpgrp()) return nullptr;  // changing its settings would stop this process
  try {
    return std::make_unique<Terminal>(std::move(terminal), type);
  } catch (const Error&) {
    return nullptr;
  }
}

int Terminal::fd() const noexcept { return screen_->fd.get(); }

int Terminal::key() {
  const WithLocale with(screen_->locale);
  const int key = ::wgetch(stdscr);
  return key == ERR ? no_key : key;
}

Terminal::Size Terminal::size() {
  winsize size{};
  if (::ioctl(screen_->fd.get(), TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) {
    return {::getmaxx(stdscr), ::getmaxy(stdscr)};
  }
  return {size.ws_col, size.ws_row};
}

void Terminal::draw(const Grid& grid) {
  const WithLocale with(screen_->locale);
  if (grid.columns() != ::getmaxx(stdscr) || grid.rows() != ::getmaxy(stdscr)) {
    ::resizeterm(grid.rows(), grid.columns());
    ::clearok(stdscr, TRUE);
  }
  Grid shown = grid;
  if (!screen_->unicode) shown.to_ascii();
  ::werase(stdscr);
  for (int row = 0; row < shown.rows(); ++row) {
    for (int column = 0; column < shown.columns(); ++column) {
      const Cell& cell = shown.at(column, row);
      const std::array<wchar_t, 2> text = {static_cast<wchar_t>(cell.character), L'\0'};
      const attr_t attributes = attributes_of(cell.style, screen_->colours);
      cchar_t character{};
      ::setcchar(&character, text.data(), attributes, static_cast<short>(PAIR_NUMBER(attributes)), nullptr);
      ::mvwadd_wch(stdscr, row, column, &character);  // ERR in the last corner, where it is put all the same
    }
  }
  ::wrefresh(stdscr);
}

void Terminal::draw_anew() { ::clearok(stdscr, TRUE); }

}  // namespace segue::view
