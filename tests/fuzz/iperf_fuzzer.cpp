// Feeds libFuzzer's inputs to the reader of iperf's output, line by line: whatever a program of that name prints.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "nodes/probe/iperf_output.hpp"

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls it by this name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)segue::probe::iperf_major(text);
  segue::probe::IperfOutput output;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    output.line(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  std::int64_t until_ns = 0;
  for (const auto& bin : output.bins()) {
    if (bin.t_ns != until_ns || bin.length_ns <= 0) std::abort();  // one after the other, without a gap
    until_ns = bin.t_ns + bin.length_ns;
  }
  return 0;
}
