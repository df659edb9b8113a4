// A lab that stays up: it answers the commands that come in over its control socket until one of them takes it down.
//
// Requests and answers are JSON objects, one a packet. {"verb": …} is answered by {"ok": true, …} or by
// {"error": text, "exit_code": n}:
//   nodes                                   "lab", "nodes": [{name, role, address, pid}], "mobile": {name: router}
//   enter     node                          with the descriptor of the node's network namespace
//   links     link?                         "links": rows of what is asked, in force and done
//   impair    link, from?, set: [[key, value]]
//   handover  mechanism?, to?               "scorecard"
//   down
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "nodes/base/fd.hpp"
#include "orchestrator/lab/handover.hpp"
#include "orchestrator/lab/lab.hpp"
#include "orchestrator/lab/probe_session.hpp"

namespace segue::lab {

struct KeeperObserver {
  std::function<void(const std::string& mechanism, const Scorecard&)> handover;
  std::function<void(const std::string& mechanism, const std::string& mobile, const Sample&)> sample;
};

class Keeper {
 public:
  // Brings the lab up and attaches its mobile, if it has one, to its first access router.
  Keeper(const config::Topology& topology, const LabOptions& options, Fd listener);

  void observe(KeeperObserver observer) { observer_ = std::move(observer); }
  void run(int stop_fd);  // until `down`, or until `stop_fd` can be read

 private:
  struct Handling;  // of one request; in the .cpp, with the JSON

  void accept();
  void serve(int client);
  Scorecard hand_over(const std::string& mechanism, const std::string& to);
  const config::Mechanism& mechanism_named(const std::string& name) const;

  std::map<int, Fd> clients_;  // closed last: who waits for the lab's end reads it from that
  Lab lab_;
  std::vector<config::Mechanism> mechanisms_;
  HandoverDriver driver_;
  Fd listener_;
  KeeperObserver observer_;
  std::size_t mobile_ = config::npos;
  std::size_t router_ = config::npos;  // where the mobile is
  std::string mechanism_;              // that put it there
  bool busy_ = false;
};

}  // namespace segue::lab
