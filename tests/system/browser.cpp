#include "tests/system/browser.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <sstream>

#include "nodes/base/error.hpp"
#include "tests/system/program.hpp"
#include "tests/unit/config/scratch.hpp"

namespace segue::test {

namespace {

namespace fs = std::filesystem;

constexpr const char* browser = "/usr/bin/chromium";

// Calls home by no way, and keeps nothing.
Outcome browse(const fs::path& page, const View& view, const Command& options) {
  const Scratch profile;
  Command command{browser,
                  "--headless",
                  "--no-sandbox",
                  "--disable-gpu",
                  "--disable-quic",
                  "--no-first-run",
                  "--disable-background-networking",
                  "--disable-component-update",
                  "--disable-sync",
                  "--hide-scrollbars",
                  "--enable-logging=stderr",
                  "--virtual-time-budget=5000",
                  "--user-data-dir=" + profile.path().string(),
                  fmt::format("--window-size={},{}", std::max(view.width, 500U), view.height),
                  fmt::format("--blink-settings=preferredColorScheme={}", view.dark ? 0 : 1)};
  command.insert(command.end(), options.begin(), options.end());
  command.push_back("file://" + fs::absolute(page).string());
  auto outcome = run(command);
  if (outcome.exit_code != 0) throw Error(fmt::format("{}: {}", fmt::join(command, " "), outcome.err));
  return outcome;
}

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The page in a frame of the width it is to have: a window has a smallest one.
constexpr const char* frame = R"(<!DOCTYPE html><body style="margin:0"><iframe src="page.html" title="" style="border:0;
width:{}px;height:{}px"></iframe><script>addEventListener("message", (message) => {{
  const found = document.createElement("pre");
  found.id = "found";
  found.textContent = "<" + btoa(unescape(encodeURIComponent(JSON.stringify(message.data)))) + ">";
  document.body.append(found);
}});</script></body>)";

constexpr const char* ask = R"(<script>setTimeout(() => {{
  if (document.documentElement.dataset.ready === "true") parent.postMessage((() => {{ {} }})(), "*");
}}, 500);</script></body>)";

void frame_in(const Scratch& folder, const fs::path& page, const View& view, const std::string& question) {
  std::string text = text_of(page);
  const auto end = text.rfind("</body>");
  if (end == text.npos) throw Error(page.string() + ": it has no end");
  if (!question.empty()) text.replace(end, 7, fmt::format(fmt::runtime(ask), question));
  folder.write("page.html", text);
  folder.write("frame.html", fmt::format(fmt::runtime(frame), view.width, view.height));
}

std::string from_base64(const std::string& text) {
  const Scratch folder;
  const auto outcome = run({"/usr/bin/base64", "-d", folder.write("encoded", text).string()});
  return outcome.out;
}

}  // namespace

bool has_browser() { return ::access(browser, X_OK) == 0; }

Inspection inspect(const fs::path& page, const View& view, const std::string& probe) {
  const Scratch folder;
  frame_in(folder, page, view, probe);
  const auto outcome = browse(folder.path() / "frame.html", view, {"--dump-dom"});
  Inspection inspection;
  std::istringstream lines(outcome.err);
  for (std::string line; std::getline(lines, line);) {
    if (line.find(":CONSOLE") != line.npos) inspection.console.push_back(line);
  }
  const std::string mark = "<pre id=\"found\">&lt;";
  const auto begin = outcome.out.find(mark);
  if (begin == outcome.out.npos) throw Error(fmt::format("{}: not ready: {}", page.string(), outcome.err));
  const auto from = begin + mark.size();
  inspection.report = from_base64(outcome.out.substr(from, outcome.out.find("&gt;", from) - from));
  return inspection;
}

void screenshot(const fs::path& page, const View& view, const fs::path& image) {
  const Scratch folder;
  frame_in(folder, page, view, "");
  fs::create_directories(image.parent_path());
  browse(folder.path() / "frame.html", view, {"--screenshot=" + image.string()});
}

void print(const fs::path& page, const fs::path& document) {
  fs::create_directories(document.parent_path());
  browse(page, {}, {"--no-pdf-header-footer", "--print-to-pdf=" + document.string()});
}

}  // namespace segue::test
