// Feeds libFuzzer's inputs to the decoders of control messages: a message is decoded, or refused with an Error; and
// what was decoded survives the way back.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "nodes/base/error.hpp"
#include "nodes/protocol/control.hpp"

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls it by this name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace segue::protocol;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // An Error out of the second decoder ends the harness: it is in no try block.
  const auto decoded = [&](auto decode) {
    try {
      return std::optional(decode(text));
    } catch (const segue::Error&) {
      return std::optional<decltype(decode(text))>();
    }
  };
  if (const auto request = decoded(decode_request)) (void)decode_request(encode(request->first, request->second));
  if (const auto report = decoded(decode_report)) (void)decode_report(encode(report->first, report->second));
  return 0;
}
