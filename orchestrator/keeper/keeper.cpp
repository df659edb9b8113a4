#include "orchestrator/keeper/keeper.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "nodes/base/error.hpp"
#include "nodes/protocol/json.hpp"
#include "orchestrator/experiment/witness.hpp"
#include "orchestrator/keeper/control_socket.hpp"
#include "orchestrator/keeper/keeper_verbs.hpp"
#include "orchestrator/lab/survey.hpp"

namespace segue::keeper {

using nlohmann::json;

Keeper::Keeper(const config::Topology& topology, const lab::LabOptions& options, Fd listener)
    : lab_(topology, options), mover_(lab_), listener_(std::move(listener)) {
  lab_.crew().let_agents_end();  // the lab goes on without it, and every sample says so
  lab_.on_trouble([] {});        // likewise
  lab_.loop().on_readable(listener_.get(), [this] { accept(); });
}

void Keeper::watch(const WatchOptions& options) {
  watch_.emplace(
      lab_, mover_, options,
      LabObserver{
          .handover = [this](const std::string& mechanism, const record::Scorecard& card) { note(mechanism, card); },
          .sample = [this](const std::string& mechanism, const record::Sample& sample) { note(mechanism, sample); }});
}

void Keeper::run(int stop_fd) {
  if (stop_fd >= 0) lab_.loop().on_readable(stop_fd, [this] { lab_.loop().stop(); });
  if (!watch_) sample_quietly();
  lab_.loop().run();
  watch_.reset();
}

// A lab without probes has links, nodes and a machine to tell of all the same.
void Keeper::sample_quietly() {
  if (!mover_.busy()) sample_once();
  lab_.loop().after(lab::sample_every, [this] { sample_quietly(); });
}

void Keeper::sample_once() {
  try {
    record::Sample sample = lab::survey(lab_, idle_, true);
    idle_ = lab::IdleMeter();
    if (mover_.can_move()) lab::locate(sample, lab_.topology(), mover_.mobile(), mover_.router());
    note("", sample);
  } catch (const Error&) {
    // An agent that hangs: the next sample may do better, and who asks for a handover is told.
  }
}

void Keeper::note(const std::string& mechanism, const record::Scorecard& card) {
  journal_.note(mechanism, card);
  if (observer_.handover) observer_.handover(mechanism, card);
}

void Keeper::note(const std::string& mechanism, const record::Sample& sample) {
  journal_.note(sample);
  if (observer_.sample) observer_.sample(mechanism, sample);
}

void Keeper::accept() {
  Fd client = accept_owner(listener_.get());
  if (!client) return;
  const int fd = client.get();
  clients_.emplace(fd, std::make_shared<Fd>(std::move(client)));
  lab_.loop().on_readable(fd, [this, fd] { serve(fd); });
}

void Keeper::serve(int client) {
  const std::shared_ptr<Fd> held = clients_.at(client);
  const auto incoming = receive_message(client);
  if (!incoming) {
    lab_.loop().remove(client);
    clients_.erase(client);
    return;
  }
  Verbs verbs{*this};
  json answer;
  try {
    answer = verbs.handle(parse_json(incoming->text));
    answer["ok"] = true;
  } catch (const Error& error) {
    answer = {{"error", error.what()}, {"exit_code", error.exit_code()}};
  } catch (const json::exception& error) {
    answer = {{"error", fmt::format("read a request: {}", error.what())}, {"exit_code", 2}};
  }
  try {
    send_message(client, json_text(answer), verbs.descriptor);
  } catch (const Error&) {
    // Whoever asked has gone, in the middle of a handover perhaps; what was asked is done all the same.
  }
}

record::Scorecard Keeper::hand_over(const std::string& mechanism, const std::string& to) {
  return watch_ ? watch_->hand_over(mechanism, to) : measure_one(mechanism, to);
}

// With a call that begins before it and ends after it.
record::Scorecard Keeper::measure_one(const std::string& mechanism, const std::string& to) {
  const auto move = mover_.prepare(mechanism, to);
  const auto session =
      experiment::start_voip(lab_, {mover_.mobile(), experiment::correspondent_of(lab_.topology()), move.longest_way});
  experiment::Witness witness(lab_, false);
  mover_.wait_until(session->origin() + session->settling_time());
  witness.begin();
  const experiment::Account account = mover_.perform(move, now(), session->settling_time());
  record::Scorecard card = experiment::scorecard_of(lab_.topology(), account, session->origin());
  for (auto& stray : mover_.take_strays()) card.anomalies.push_back(std::move(stray));
  session->after_handover(account, card);
  witness.judge(account, session->origin(), card);
  session->stop();
  note(move.mechanism->name, card);
  record::Sample sample = lab::survey(lab_, idle_);
  lab::locate(sample, lab_.topology(), mover_.mobile(), mover_.router());
  session->sample(sample);
  note(move.mechanism->name, sample);
  return card;
}

}  // namespace segue::keeper
