// The terminal as a grid: the one user of ncurses.
//
// While a Terminal lives, the screen shows what draw() was given, keys are read one at a time and unseen, and Ctrl-C is
// a key like others: nobody is signalled. Its end puts everything back. ncurses has global state, so there is one at a
// time; it may change threads, but not be used by two at once. It leaves signals as it found them.
#pragma once

#include <memory>
#include <string>

#include "nodes/base/fd.hpp"
#include "orchestrator/view/grid.hpp"

namespace segue::view {

bool terminal_has_unicode();  // so says the user's locale

class Terminal {
 public:
  static constexpr int no_key = -1;
  static constexpr int control_c = 3;
  static constexpr int control_l = 12;

  // `type` is what $TERM says. Throws Error where that is unknown or cannot place its cursor.
  Terminal(Fd terminal, const std::string& type);
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  ~Terminal();

  // This process's terminal, if `fd` is one. Nothing where it is not, cannot show a grid, or is another job's now.
  static std::unique_ptr<Terminal> open(int fd);

  int fd() const noexcept;  // can be read when there are keys
  int key();                // the next one, a character mostly; no_key if there is none

  struct Size {
    int columns = 0;
    int rows = 0;
  };
  Size size();  // now

  void draw(const Grid& grid);  // of that size
  void draw_anew();             // the next time, whatever the screen is thought to show

 private:
  struct Screen;  // ncurses' part
  std::unique_ptr<Screen> screen_;
};

}  // namespace segue::view
