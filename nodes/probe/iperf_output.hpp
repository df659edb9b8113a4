// Reads what iperf 2 prints. Pure: lines in, bins out.
//
// The text form with `-f b` is read, not the CSV of `-y C`: CSV rounds the interval to tenths of a second, says nothing
// when the server listens, and its UDP summary has a total of -1. The text has four decimals and is flushed line by
// line into a pipe (seen with 2.1.8).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nodes/protocol/control.hpp"

namespace segue::probe {

using protocol::IperfBin;

class IperfOutput {
 public:
  enum class Event { none, listening, connected, bin, failure };

  // One line without its end. Bins are those that continue the one before: the summary at the end, which begins at 0
  // again, and the server's report to the client are none.
  Event line(std::string_view text);

  const std::vector<IperfBin>& bins() const noexcept { return bins_; }  // since the last take_bins()
  std::vector<IperfBin> take_bins() { return std::exchange(bins_, {}); }
  std::int64_t end_ns() const noexcept { return end_ns_; }          // of the last bin there was
  const std::string& failure() const noexcept { return failure_; }  // the first complaint, empty if none

 private:
  std::vector<IperfBin> bins_;
  std::int64_t end_ns_ = 0;
  std::string failure_;
  bool summarised_ = false;
};

// The major version in the output of `iperf -v`; nothing if that is not iperf's.
std::optional<int> iperf_major(std::string_view output);

}  // namespace segue::probe
