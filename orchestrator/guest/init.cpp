#include "orchestrator/guest/init.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "nodes/base/error.hpp"
#include "nodes/base/fd.hpp"
#include "orchestrator/guest/orders.hpp"
#include "orchestrator/guest/surroundings.hpp"

namespace segue::guest {

namespace {

using Work = std::function<int(const std::vector<std::string>&)>;

Orders read_orders(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Error(fmt::format("open the orders {}", path));
  return decode_orders(std::string(std::istreambuf_iterator<char>(file), {}));
}

// The kernel opens init's console on the host's /dev, which may not have one; and the line discipline would turn line
// feeds into two characters and echo what the host sends.
void take_console() {
  Fd console(check(::open("/dev/console", O_RDWR | O_NOCTTY | O_CLOEXEC), "open /dev/console"));
  termios settings{};
  check(::tcgetattr(console.get(), &settings), "read the console's settings");
  settings.c_oflag &= ~static_cast<tcflag_t>(OPOST);
  settings.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  check(::tcsetattr(console.get(), TCSANOW, &settings), "set the console's settings");
  for (int fd = 0; fd <= 2; ++fd) check(::dup2(console.get(), fd), "duplicate the console");
}

[[noreturn]] void do_work(const Orders& orders, const Work& work) {
  int exit_code = 1;
  try {
    const Fd null(check(::open("/dev/null", O_RDONLY | O_CLOEXEC), "open /dev/null"));
    check(::dup2(null.get(), STDIN_FILENO), "duplicate /dev/null");
    check(::setsid(), "start a session");
    check(::chdir(orders.directory.c_str()), "enter " + orders.directory.native());
    check(::clearenv(), "clear the environment");
    for (const auto& variable : orders.environment) {
      const auto equals = variable.find('=');
      if (equals == variable.npos) throw Error(fmt::format("environment: \"{}\": not NAME=value", variable));
      check(::setenv(variable.substr(0, equals).c_str(), variable.c_str() + equals + 1, 1), "set " + variable);
    }
    exit_code = work(orders.arguments);
  } catch (const Error& error) {
    fmt::print(stderr, "{}\n", error.what());
    exit_code = error.exit_code();
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
  }
  std::fflush(nullptr);
  ::_exit(exit_code);
}

// Reaps everything that has ended; whether `child` was among it, and then its exit code.
bool reap(pid_t child, int& exit_code) {
  bool ended = false;
  int status = 0;
  for (pid_t pid = ::waitpid(-1, &status, WNOHANG); pid > 0; pid = ::waitpid(-1, &status, WNOHANG)) {
    if (pid != child) continue;
    ended = true;
    exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  return ended;
}

int wait_for(pid_t child, int child_events) {
  int exit_code = 1;
  pollfd wanted[2] = {{child_events, POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
  for (;;) {
    if (::poll(wanted, 2, -1) < 0 && errno != EINTR) throw_errno("wait for the work");
    if (wanted[0].revents != 0) {
      signalfd_siginfo event{};
      check(::read(child_events, &event, sizeof event), "read a signal");
      if (reap(child, exit_code)) return exit_code;
    }
    if (wanted[1].revents != 0) {
      // Any line from the host asks the work to stop. At the end of input there is nothing more to listen to.
      char line[64];
      if (::read(STDIN_FILENO, line, sizeof line) > 0)
        ::kill(child, SIGTERM);
      else
        wanted[1].fd = -1;
    }
  }
}

int run_work(const Orders& orders, const Work& work) {
  sigset_t children;
  sigset_t before;
  ::sigemptyset(&children);
  ::sigaddset(&children, SIGCHLD);
  check(::sigprocmask(SIG_BLOCK, &children, &before), "block SIGCHLD");
  const Fd child_events(check(::signalfd(-1, &children, SFD_CLOEXEC), "make a signalfd"));
  // Inherited by all that the work starts. The default lets a timer be 50 µs late to save wake-ups, which cost nothing
  // here.
  check(::prctl(PR_SET_TIMERSLACK, 1), "set the timer slack");
  const pid_t child = check(::fork(), "fork the work");
  if (child == 0) {
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    do_work(orders, work);
  }
  return wait_for(child, child_events.get());
}

}  // namespace

bool is_guest_init() { return ::getpid() == 1 && std::getenv(orders_variable) != nullptr; }

void guest_main(const Work& work) {
  int exit_code = 1;
  try {
    const Orders orders = read_orders(std::getenv(orders_variable));
    arrange_surroundings(orders);
    take_console();
    fmt::print(stderr, "{}\n", ready_line);
    exit_code = run_work(orders, work);
  } catch (const std::exception& error) {
    fmt::print(stderr, "guest: {}\n", error.what());
  }
  // Whatever still runs must not write after the host has been told that the results are complete.
  ::kill(-1, SIGKILL);
  while (::waitpid(-1, nullptr, 0) > 0) {
  }
  ::sync();
  fmt::print(stderr, "{}\n", status_line(exit_code));
  std::fflush(nullptr);
  ::tcdrain(STDERR_FILENO);
  ::reboot(RB_POWER_OFF);
  std::abort();
}

}  // namespace segue::guest
