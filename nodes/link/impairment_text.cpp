#include "nodes/link/impairment_text.hpp"

#include <fmt/format.h>

#include <vector>

namespace segue::link {

std::string to_text(const Impairments& impairments) {
  std::vector<std::string> parts;
  const auto add = [&parts](const char* name, const std::string& value) {
    parts.push_back(std::string(name) + ' ' + value);
  };
  const auto add_share = [&add](const char* name, Probability share) {
    if (share.value > 0) add(name, segue::to_text(share));
  };
  if (impairments.delay > Delay{0}) add("delay", segue::to_text(impairments.delay));
  if (impairments.jitter > Delay{0}) {
    add("jitter", segue::to_text(impairments.jitter) +
                      (impairments.jitter_shape == JitterShape::normal ? " normal" : " uniform"));
  }
  add_share("loss", impairments.loss);
  const auto& bursts = impairments.gilbert_elliott;
  if (bursts.p.value > 0) {
    add("gilbert-elliott", fmt::format("p {} r {} bad {} good {}", segue::to_text(bursts.p), segue::to_text(bursts.r),
                                       segue::to_text(bursts.loss_in_bad), segue::to_text(bursts.loss_in_good)));
  }
  if (impairments.rate.bits_per_second > 0) {
    add("rate", segue::to_text(impairments.rate));
    add("queue-limit", std::to_string(impairments.queue_limit));
  }
  add_share("reorder", impairments.reorder);
  add_share("duplicate", impairments.duplicate);
  add_share("corrupt", impairments.corrupt);
  return parts.empty() ? "none" : fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace segue::link
