// What a route action costs in a handover, from the decision to the kernel's acknowledgement: over netlink, and by the
// `ip` command as the paper's testbed did it with `route`.
#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "nodes/base/error.hpp"
#include "tests/system/program.hpp"
#include "tests/unit/config/scratch.hpp"

using namespace segue;

namespace {

void print(const char* what, const nlohmann::json& summary) {
  const auto us = [&](const char* key) { return summary.at(key).get<double>() / 1e3; };
  fmt::print("{:<28} {:>8} {:>10.1f} {:>10.1f} {:>10.1f}\n", what, summary.at("n").get<std::size_t>(), us("median"),
             us("min"), us("max"));
}

}  // namespace

int main() {
  try {
    const Scratch scratch;
    const auto outcome =
        test::run_segue({"run", test::lab_folder("prompt"), "--json", "--probe", "voip", "--handovers", "8",
                         "--interval", "1s", "--mechanism", "prompt-scheduled", "--mechanism",
                         "prompt-scheduled-ip-route", "--metrics", "127.0.0.1:0", "--out", scratch.path() / "out"});
    if (outcome.exit_code != 0) throw Error(outcome.err, outcome.exit_code);
    const auto summary = nlohmann::json::parse(outcome.out);
    fmt::print("{:<28} {:>8} {:>10} {:>10} {:>10}\n", "route action, us", "actions", "median", "min", "max");
    print("netlink (goal: under 50)", summary.at("route_action_ns").at("netlink"));
    print("ip -6 route replace", summary.at("route_action_ns").at("command"));
    for (const auto& run : summary.at("runs")) {
      fmt::print("{}: {} {}\n", run.at("mechanism").get<std::string>(), run.at("verdict").get<std::string>(),
                 run.at("reasons").dump());
    }
  } catch (const Error& error) {
    fmt::print(stderr, "route_actions: {}\n", error.what());
    return error.exit_code();
  }
  return 0;
}
