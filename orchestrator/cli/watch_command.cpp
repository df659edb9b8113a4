#include "orchestrator/cli/watch_command.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "nodes/base/error.hpp"
#include "nodes/base/loop.hpp"
#include "nodes/base/signals.hpp"
#include "nodes/protocol/json.hpp"
#include "orchestrator/cli/lab_client.hpp"
#include "orchestrator/cli/output.hpp"
#include "orchestrator/keeper/control_socket.hpp"
#include "orchestrator/view/render.hpp"
#include "orchestrator/view/terminal.hpp"
#include "orchestrator/view/topology_drawing.hpp"

namespace segue::cli {

namespace {

using nlohmann::json;

const std::string state_request = json_text(json{{"verb", "state"}});

// Asks a lab for its state once a second, and never waits for the answer.
class Feed {
 public:
  Feed(Loop& loop, const std::string& lab, std::function<void(view::Picture)> show, std::function<void()> gone)
      : loop_(loop), socket_(keeper::connect_to(lab)), show_(std::move(show)), gone_(std::move(gone)) {
    loop_.on_readable(socket_.get(), [this] { take(); });
    ask();
  }

 private:
  void ask() {
    constexpr Delay interval = std::chrono::seconds(1);
    loop_.after(interval, [this] { ask(); });
    if (awaited_) return;  // one at a time, however long the lab takes
    awaited_ = true;
    try {
      keeper::send_message(socket_.get(), state_request);
    } catch (const Error&) {
      // It has gone, which is read like any other end.
    }
  }

  void take() {
    const auto incoming = keeper::receive_message(socket_.get());
    if (!incoming) {
      loop_.remove(socket_.get());
      return gone_();
    }
    awaited_ = false;
    show_(picture_of(incoming->text));
  }

  static view::Picture picture_of(const std::string& text) {
    const json answer = parse_json(text);
    if (answer.contains("error")) {
      throw Error(answer.at("error").get<std::string>(), answer.at("exit_code").get<int>());
    }
    return view::picture_from_json(text);
  }

  Loop& loop_;
  Fd socket_;
  std::function<void(view::Picture)> show_;
  std::function<void()> gone_;
  bool awaited_ = false;
};

// Whether the lab went, rather than the one who watched it.
bool watch_on(view::Terminal& terminal, const std::string& name) {
  WatchedSignals signals{SIGINT, SIGTERM, SIGHUP, SIGWINCH};  // what ends the view or changes its size
  Loop loop;
  std::optional<view::Picture> picture;
  bool gone = false;
  const auto draw = [&] {
    const auto size = terminal.size();
    if (picture) terminal.draw(view::render(*picture, size.columns, size.rows, "q leaves, and the lab stays up"));
  };
  loop.on_readable(signals.fd(), [&] { signals.take() == SIGWINCH ? draw() : loop.stop(); });
  loop.on_readable(terminal.fd(), [&] {
    int key = terminal.key();
    if (key == view::Terminal::no_key) return loop.stop();  // the terminal has hung up
    for (; key != view::Terminal::no_key; key = terminal.key()) {
      if (key == 'q' || key == 'Q' || key == view::Terminal::control_c) loop.stop();
      if (key == view::Terminal::control_l) terminal.draw_anew();
    }
    draw();
  });
  const Feed feed(
      loop, name,
      [&](view::Picture next) {
        picture = std::move(next);
        draw();
      },
      [&] {
        gone = true;
        loop.stop();
      });
  loop.run();
  return gone;
}

std::string line_of(const view::Handover& handover) {
  const auto ms = [](std::int64_t ns) { return static_cast<double>(ns) / 1e6; };
  std::string text = fmt::format("#{} {}: {} from {} to {}", handover.number, handover.mechanism, handover.mobile,
                                 handover.from, handover.to);
  if (handover.outcome != record::Outcome::complete)
    return text + fmt::format(" {}: {}\n", to_text(handover.outcome), handover.failure);
  return text + fmt::format(
                    " in {:.1f} ms ({:.1f} expected), lost {} up and {} down, interrupted for {:.1f} ms up and "
                    "{:.1f} ms down\n",
                    ms(handover.completion_ns), ms(handover.expected_completion_ns), handover.lost_up,
                    handover.lost_down, ms(handover.interruption_up_ns), ms(handover.interruption_down_ns));
}

void watch_in_lines(const std::string& name) {
  Loop loop;
  std::optional<std::uint64_t> last;
  const Feed feed(
      loop, name,
      [&](const view::Picture& picture) {
        const std::uint64_t newest = picture.handovers.empty() ? 0 : picture.handovers.back().number;
        for (const auto& handover : picture.handovers) {
          if (last && handover.number > *last) print(line_of(handover));
        }
        last = newest;
      },
      [&] { loop.stop(); });
  loop.run();
}

void print_grid(view::Grid grid) {
  if (::isatty(STDOUT_FILENO) == 1 && !view::terminal_has_unicode()) grid.to_ascii();
  print(grid.text());
}

view::Size size_of_output() {
  winsize size{};
  const bool known = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0;
  return known ? view::Size{size.ws_col, size.ws_row} : view::Size{120, 40};
}

view::Picture picture_now(const std::string& name) {
  LabClient client(name);
  return view::picture_from_json(json_text(client.ask(parse_json(state_request))));
}

}  // namespace

int watch_once(const std::string& name) {
  const auto size = size_of_output();
  print_grid(view::render(picture_now(name), size.columns, size.rows, ""));
  return 0;
}

void print_topology(const std::string& name) {
  constexpr int indent = 2;
  const auto picture = picture_now(name);
  const auto room = size_of_output();
  const auto size = view::topology_size(picture, {room.columns - indent, room.rows});
  if (size.rows == 0) return;
  view::Grid grid(indent + size.columns, size.rows);
  view::draw_topology(view::Pane(grid).part(indent, 0, size.columns, size.rows), picture);
  print("\n");
  print_grid(std::move(grid));
}

int watch(const std::string& name) {
  const std::string lab = LabClient(name).name();
  bool gone = true;
  if (const auto terminal = view::Terminal::open(STDOUT_FILENO)) {
    gone = watch_on(*terminal, lab);
  } else {
    watch_in_lines(lab);
  }
  if (gone) say(lab + " is down\n");
  return 0;
}

}  // namespace segue::cli
