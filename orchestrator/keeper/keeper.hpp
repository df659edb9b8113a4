// A lab that stays up: it answers the commands that come in over its control socket until a signal takes it down.
//
// Requests and answers are JSON objects, one a packet. {"verb": …} is answered by {"ok": true, …} or by
// {"error": text, "exit_code": n}:
//
//   verb      asks                         gets
//   nodes                                  "lab", "links", "nodes": [{name, role, address, pid, up}],
//                                          "attached": {name: router}, "trouble": text, empty if there is none
//   state                                  how it is doing (keeper_state.hpp)
//   enter     node                         "hosts": {name: address}, "hosts_ipv4" likewise, and the descriptor of the
//                                          node's network namespace
//   links     link?                        "rows": of each direction what is asked, in force and done
//   impair    link, from?, set: [[k, v]]   "rows" of the link; a change that is refused has changed nothing
//   handover  mechanism?, to?              "scorecard"
//
// When its links have gone with segue-wire, the last three are refused.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "nodes/base/fd.hpp"
#include "orchestrator/experiment/mover.hpp"
#include "orchestrator/keeper/journal.hpp"
#include "orchestrator/keeper/watch.hpp"
#include "orchestrator/lab/lab.hpp"

namespace segue::keeper {

class Keeper {
 public:
  // Brings the lab up and attaches its mobile, if it has one, to its first access router.
  Keeper(const config::Topology& topology, const lab::LabOptions& options, Fd listener);

  void observe(LabObserver observer) { observer_ = std::move(observer); }
  void watch(const WatchOptions& options);  // hands over from now on; throws as Watch's constructor does
  // What `state` says beside the lab's own: its name, the addresses of what watches it.
  void describe(std::map<std::string, std::string> notes) { notes_ = std::move(notes); }

  void run(int stop_fd);  // until `stop_fd` can be read, whatever is under way then

 private:
  struct Verbs;  // what they do; in keeper_verbs.hpp, with the JSON

  void accept();
  void serve(int client);
  record::Scorecard hand_over(const std::string& mechanism, const std::string& to);
  record::Scorecard measure_one(const std::string& mechanism, const std::string& to);
  void sample_quietly();
  void sample_once();
  void note(const std::string& mechanism, const record::Scorecard& card);
  void note(const std::string& mechanism, const record::Sample& sample);

  // Closed last: who waits for the lab's end reads it from that. Shared with the answer under way, so that nobody else
  // gets the number of a descriptor to which there is something left to say.
  std::map<int, std::shared_ptr<Fd>> clients_;
  lab::Lab lab_;
  experiment::Mover mover_;
  Journal journal_;
  Fd listener_;
  LabObserver observer_;
  std::map<std::string, std::string> notes_;
  lab::IdleMeter idle_;
  std::optional<Watch> watch_;
};

}  // namespace segue::keeper
