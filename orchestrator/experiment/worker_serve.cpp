#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "nodes/base/error.hpp"
#include "nodes/netlink/user_namespace.hpp"
#include "nodes/protocol/json.hpp"
#include "orchestrator/experiment/worker.hpp"
#include "orchestrator/experiment/worker_protocol.hpp"

namespace segue::experiment {

using nlohmann::json;

namespace {

constexpr std::size_t part_size = 1 << 20;

void send_result(protocol::Channel& channel, const record::RunResult& result) {
  const std::string text = to_json(result);
  for (std::size_t at = 0; at < text.size(); at += part_size) {
    send(channel, WorkerMessage::part, std::string_view(text).substr(at, part_size));
  }
  send(channel, WorkerMessage::end, {});
}

}  // namespace

std::string to_json(const RunSpec& spec) {
  return json_text(json{{"lab", spec.lab.string()},
                        {"mechanism", spec.mechanism},
                        {"probe", std::string(to_text(spec.probe))},
                        {"family", std::to_string(version_of(spec.family))},
                        {"handovers", spec.handovers},
                        {"interval_ns", spec.interval.count()},
                        {"links", std::string(to_text(spec.links))},
                        {"seed", spec.seed},
                        {"computed_time", spec.computed_time},
                        {"stagger_ns", spec.stagger.count()},
                        {"overrides", spec.overrides},
                        {"mechanism_overrides", spec.mechanism_overrides}});
}

RunSpec spec_from_json(std::string_view text) {
  try {
    const json j = parse_json(text);
    return {.lab = j.at("lab").get<std::string>(),
            .mechanism = j.at("mechanism").get<std::string>(),
            .probe = parse_probe(j.at("probe").get<std::string>()),
            .family = parse_family(j.at("family").get<std::string>()),
            .handovers = j.at("handovers").get<unsigned>(),
            .interval = Delay(j.at("interval_ns").get<std::int64_t>()),
            .links = lab::parse_link_choice(j.at("links").get<std::string>()),
            .seed = j.at("seed").get<std::uint64_t>(),
            .computed_time = j.at("computed_time").get<bool>(),
            .stagger = Delay(j.at("stagger_ns").get<std::int64_t>()),
            .overrides = j.at("overrides").get<config::Overrides>(),
            .mechanism_overrides = j.at("mechanism_overrides").get<config::Overrides>()};
  } catch (const json::exception& error) {
    throw Error(fmt::format("read what to run: {}", error.what()));
  }
}

int serve_run(Fd control) {
  protocol::Channel channel(std::move(control));
  const auto first = channel.receive();
  if (!first || first->empty()) return 1;
  try {
    netlink::acquire_privilege();
    const RunSpec spec = spec_from_json(std::string_view(*first).substr(1));
    const RunObserver observer{
        .handover = [&](const record::Scorecard& card) { send(channel, WorkerMessage::handover, to_json(card)); },
        .sample = [&](const record::Sample& sample) { send(channel, WorkerMessage::sample, to_json(sample)); },
        .interrupt_fd = channel.fd()};
    send_result(channel, perform_run(spec, observer));
    return 0;
  } catch (const Error& error) {
    send(channel, WorkerMessage::failure, fmt::format("{} {}", error.exit_code(), error.what()));
    return error.exit_code();
  }
}

}  // namespace segue::experiment
