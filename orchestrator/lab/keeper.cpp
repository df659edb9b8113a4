#include "orchestrator/lab/keeper.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "nodes/base/error.hpp"
#include "orchestrator/config/impairments.hpp"
#include "orchestrator/lab/control_socket.hpp"
#include "orchestrator/lab/run.hpp"
#include "orchestrator/lab/survey.hpp"

namespace segue::lab {

using nlohmann::json;

// What the verbs do. An answer may come with a descriptor, which stays the keeper's.
struct Keeper::Handling {
  Keeper& keeper;
  int descriptor = -1;

  json nodes() {
    const auto& topology = keeper.lab_.topology();
    json list = json::array();
    for (std::size_t node = 0; node < topology.nodes.size(); ++node) {
      const auto& one = topology.nodes[node];
      list.push_back({{"name", one.name},
                      {"role", std::string(to_text(one.role))},
                      {"address", to_text(one.address)},
                      {"pid", keeper.lab_.crew().pid(node)}});
    }
    json attached = json::object();
    if (keeper.router_ != config::npos) {
      attached[topology.nodes[keeper.mobile_].name] = topology.nodes[keeper.router_].name;
    }
    return {{"lab", topology.name},
            {"links", std::string(keeper.lab_.engine().name())},
            {"nodes", list},
            {"attached", attached}};
  }

  json enter(const json& request) {
    const auto& topology = keeper.lab_.topology();
    const std::string name = request.at("node");
    const std::size_t node = config::find_node(topology, name);
    if (node == config::npos) {
      std::vector<std::string> names;
      for (const auto& one : topology.nodes) names.push_back(one.name);
      throw InputError(fmt::format("no node \"{}\" in {}: {}", name, topology.name, fmt::join(names, ", ")));
    }
    descriptor = keeper.lab_.network().namespace_of(node);
    json hosts = json::object();
    for (const auto& one : topology.nodes) hosts[one.name] = to_text(one.address);
    return {{"hosts", hosts}};
  }

  std::size_t link_of(const json& request) {
    const auto& topology = keeper.lab_.topology();
    const std::string name = request.at("link");
    const std::size_t link = config::find_link(topology, name);
    if (link != config::npos) return link;
    std::vector<std::string> names;
    for (const auto& one : topology.links) names.push_back(one.name);
    throw InputError(fmt::format("no link \"{}\" in {}: {}", name, topology.name, fmt::join(names, ", ")));
  }

  json links(const json& request) {
    json rows = json::array();
    const std::string wanted = request.contains("link") ? keeper.lab_.topology().links[link_of(request)].name : "";
    for (const auto& row : survey_links(keeper.lab_)) {
      if (!wanted.empty() && row.link != wanted) continue;
      rows.push_back({{"link", row.link},
                      {"direction", row.direction},
                      {"requested", row.requested},
                      {"realised", row.realised},
                      {"packets", row.packets},
                      {"delivered", row.delivered},
                      {"lost", row.lost},
                      {"dropped", row.dropped}});
    }
    return {{"rows", rows}};
  }

  json impair(const json& request) {
    const auto& topology = keeper.lab_.topology();
    const std::size_t index = link_of(request);
    const config::Link link = topology.links[index];
    const std::string from = request.value("from", "");
    if (!from.empty() && from != topology.nodes[link.a.node].name && from != topology.nodes[link.b.node].name) {
      throw InputError(fmt::format("--from \"{}\": link {} joins {} and {}", from, link.name,
                                   topology.nodes[link.a.node].name, topology.nodes[link.b.node].name));
    }
    // All is checked before anything changes.
    std::vector<std::pair<link::Direction, link::Impairments>> changes;
    for (const auto direction : {link::Direction::a_to_b, link::Direction::b_to_a}) {
      const bool forward = direction == link::Direction::a_to_b;
      if (!from.empty() && from != topology.nodes[(forward ? link.a : link.b).node].name) continue;
      link::Impairments impairments = forward ? link.a_to_b : link.b_to_a;
      for (const auto& [key, value] : request.at("set").get<std::vector<std::pair<std::string, std::string>>>()) {
        config::set_impairment(impairments, key, value);
      }
      config::check(impairments);
      changes.emplace_back(direction, impairments);
    }
    for (const auto& [direction, impairments] : changes) keeper.lab_.change_link(index, direction, impairments);
    return links(request);
  }

  json handle(const json& request) {
    const std::string verb = request.at("verb");
    if (verb == "nodes") return nodes();
    if (verb == "enter") return enter(request);
    if (verb == "links") return links(request);
    if (verb == "impair") return impair(request);
    if (verb == "handover") {
      const auto card = keeper.hand_over(request.value("mechanism", ""), request.value("to", ""));
      return {{"scorecard", json::parse(to_json(card))}};
    }
    if (verb == "down") {
      keeper.lab_.loop().stop();
      return json::object();
    }
    throw InputError(fmt::format("no verb \"{}\"", verb));
  }
};

Keeper::Keeper(const config::Topology& topology, const LabOptions& options, Fd listener)
    : lab_(topology, options),
      mechanisms_(config::load_mechanisms(topology)),
      driver_(lab_, voip_interval),
      listener_(std::move(listener)) {
  lab_.loop().on_readable(listener_.get(), [this] { accept(); });
  for (std::size_t node = 0; node < topology.nodes.size() && mobile_ == config::npos; ++node) {
    if (topology.nodes[node].role == config::Role::mobile) mobile_ = node;
  }
  if (mobile_ == config::npos || mechanisms_.empty()) return;
  const auto routers = config::access_routers(lab_.topology(), mobile_);
  if (routers.empty()) return;
  router_ = routers.front();
  mechanism_ = mechanisms_.front().name;
  lab_.attach(mechanisms_.front(), {mobile_, routers.back(), router_});
}

void Keeper::run(int stop_fd) {
  if (stop_fd >= 0) lab_.loop().on_readable(stop_fd, [this] { lab_.loop().stop(); });
  lab_.loop().run();
}

void Keeper::accept() {
  Fd client = accept_owner(listener_.get());
  if (!client) return;
  const int fd = client.get();
  clients_.emplace(fd, std::move(client));
  lab_.loop().on_readable(fd, [this, fd] { serve(fd); });
}

void Keeper::serve(int client) {
  const auto incoming = receive_message(client);
  if (!incoming) {
    lab_.loop().remove(client);
    clients_.erase(client);
    return;
  }
  Handling handling{*this};
  json answer;
  try {
    answer = handling.handle(json::parse(incoming->text));
    answer["ok"] = true;
  } catch (const Error& error) {
    answer = {{"error", error.what()}, {"exit_code", error.exit_code()}};
  } catch (const json::exception& error) {
    answer = {{"error", fmt::format("read a request: {}", error.what())}, {"exit_code", 2}};
  }
  try {
    send_message(client, answer.dump(), handling.descriptor);
  } catch (const Error&) {
    // Whoever asked has gone; what was asked is done all the same.
  }
}

const config::Mechanism& Keeper::mechanism_named(const std::string& name) const {
  std::vector<std::string> names;
  for (const auto& mechanism : mechanisms_) {
    if (mechanism.name == (name.empty() ? mechanism_ : name)) return mechanism;
    names.push_back(mechanism.name);
  }
  throw InputError(fmt::format("no mechanism \"{}\" in {}: {}", name, lab_.topology().name, fmt::join(names, ", ")));
}

Scorecard Keeper::hand_over(const std::string& mechanism_name, const std::string& to) {
  if (router_ == config::npos) throw InputError(lab_.topology().name + ": it has no mobile node to hand over");
  if (busy_) throw Error("hand over: the handover before this one is not over yet");
  const config::Mechanism& mechanism = mechanism_named(mechanism_name);
  const auto routers = config::access_routers(lab_.topology(), mobile_);
  const auto at = std::find(routers.begin(), routers.end(), router_) - routers.begin();
  std::size_t target = routers[static_cast<std::size_t>(at + 1) % routers.size()];
  if (!to.empty()) target = config::find_node(lab_.topology(), to);
  if (target == router_ || std::find(routers.begin(), routers.end(), target) == routers.end()) {
    throw InputError(fmt::format("hand over to \"{}\": it has to be another access router of {} than {}", to,
                                 lab_.topology().nodes[mobile_].name, lab_.topology().nodes[router_].name));
  }
  busy_ = true;
  const std::shared_ptr<void> release(nullptr, [this](void*) { busy_ = false; });
  if (mechanism.name != mechanism_) {
    lab_.attach(mechanism, {mobile_, target, router_});
    mechanism_ = mechanism.name;
  }
  const auto session = start_voip(lab_, {mobile_, correspondent_of(lab_.topology())});
  const auto wait = [this](Instant until) {
    while (now() < until) lab_.loop().run_once(until - now());
  };
  wait(session->origin() + session->settling_time());
  const Account account = driver_.perform(mechanism, {mobile_, router_, target}, now());
  if (account.completion) router_ = target;
  wait(now() + session->settling_time());
  Scorecard card = scorecard_of(lab_.topology(), mechanism, account, session->origin());
  session->after_handover(account, card);
  session->stop();
  if (observer_.handover) observer_.handover(mechanism.name, card);
  if (observer_.sample) {
    Sample sample = survey(lab_);
    session->sample(sample);
    observer_.sample(mechanism.name, card.mobile, sample);
  }
  return card;
}

}  // namespace segue::lab
