// A page in a headless Chromium: what is in it once its scripts have run, and what it looks like.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace segue::test {

bool has_browser();

struct View {
  unsigned width = 1100;  // CSS pixels, of the page; may be narrower than the browser's smallest window
  unsigned height = 900;
  bool dark = false;
};

struct Inspection {
  std::string report;                // JSON, by `probe`
  std::vector<std::string> console;  // what the page and the browser had to say about it
};

// `probe` is JavaScript: the body of a function whose result goes out as JSON, once the page says data-ready. Throws
// Error if it does not, or the browser fails.
Inspection inspect(const std::filesystem::path& page, const View& view, const std::string& probe);

void screenshot(const std::filesystem::path& page, const View& view, const std::filesystem::path& image);
void print(const std::filesystem::path& page, const std::filesystem::path& document);  // PDF

}  // namespace segue::test
