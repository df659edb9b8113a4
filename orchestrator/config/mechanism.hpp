// A mobility mechanism as data: a sequence of messages, each with what its receiver does.
//
// A step, mostly: `from` sends `message` to `to` as soon as every step in `after` is over for `from`. The receiver processes it
// for `delay`, sets its `actions` in their order, runs `execute`, and then the step is done. A step is over
//   - for its receiver when it is done,
//   - for its sender when the confirmation of that has come back, on the same layer, which costs the way back. It is no
//     message of the mechanism, as an 802.11 acknowledgement is none.
// Nobody else can know, so `from` must be the sender or the receiver of every step it waits for.
//
// A local step happens at one node, and no message goes anywhere: as soon as every step in `after` is over there, its
// `wait` passes, and then its actions are done. What a radio, a timer or an address configuration takes is one of these.
//
// Layer 2 messages cross the one link between both nodes; layer 3 messages are routed. A mobile signals on layer 3 from
// its address on an access link, so such a step says by `via` which one. Route actions act on its data address.
//
// Names: the roles bound for each handover, `mobile`, `old` and `new`; the roles one node of the lab has, `anchor`,
// `correspondent`, `home`, `access-router` and `router`; or a node. Of the network's ways speak `crossover`, a
// hop-by-hop message, `along`, and there `previous` and `next`: expansion.hpp has what they are in a handover.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nodes/base/clock.hpp"
#include "orchestrator/config/action.hpp"
#include "orchestrator/config/topology.hpp"

namespace segue::config {

// Routers of the way from one node to another.
struct Stretch {
  std::string from;
  std::string to;
  bool first = true;    // whether that one is among them
  bool between = true;  // and all that are neither the first nor the last
  bool last = true;     // where the first is the last too, it is this one
  friend bool operator==(const Stretch&, const Stretch&) = default;
};

struct Placed {
  std::string at;  // a role or a node; empty: `along`
  Action action;
  unsigned line = 0;
  std::optional<Stretch> along{};
};

// How long a local step waits: as text "20ms", or "uniform 30ms 70ms" where each handover draws its own.
struct Wait {
  Delay least{0};
  Delay most{0};
  friend bool operator==(const Wait&, const Wait&) = default;
};

Wait parse_wait(std::string_view text);  // throws InputError
std::string to_text(const Wait& wait);
Delay mean(const Wait& wait);

struct Step {
  std::string name;
  std::string from;  // of a local step both are the node where it happens
  std::string to;
  std::string message;
  int layer = 3;  // 2 or 3; 0: it is a local step
  // "old" or "new": the access link of a layer 3 message from or to the mobile; empty otherwise.
  std::string via;
  Delay delay{0};    // processing at the receiver
  Delay timeout{0};  // how long the receiver waits for it
  unsigned retries = 0;
  Delay retry_after{0};            // without acknowledgement
  std::vector<std::size_t> after;  // indices of steps; empty: sent when the handover begins
  Wait wait;                       // of a local step
  std::vector<Action> actions;
  std::string execute;
  bool hop_by_hop = false;                   // received, processed and acted on by each node of its way
  std::vector<std::string> along;            // of a local step: from and to; each router of that way has one
  std::optional<std::vector<Action>> first;  // in place of the actions: at the first router of a way,
  std::optional<std::vector<Action>> last;   // and at the last node
  unsigned line = 0;

  bool local() const noexcept { return layer == 0; }
};

// What others have published for this mechanism, to print beside what was measured.
struct Reference {
  std::optional<Delay> completion;
  Delay completion_error{0};
  std::optional<double> lost_uplink;  // packets per handover
  double lost_uplink_error = 0;
  std::optional<double> lost_downlink;
  double lost_downlink_error = 0;
  std::string source;
};

// The steps whose ends complete the handover for what the mobile sends, and for what it is sent; mostly one for both.
struct Completes {
  std::size_t uplink = 0;
  std::size_t downlink = 0;
  bool by_direction() const noexcept { return uplink != downlink; }
  friend bool operator==(const Completes&, const Completes&) = default;
};

struct Mechanism {
  std::string name;  // of the file, without its extension
  std::string title;
  std::int64_t order = 0;
  bool by_default = true;  // among those a run takes if none is named
  Encapsulation encapsulation = Encapsulation::srv6;
  std::string home;  // a role or a node: where packets for the mobile are led; empty: the topology's
  unsigned home_line = 0;
  bool routes_by_ip = false;  // the agents change routes with `ip`, the paper's way, not over netlink
  Reference reference;
  std::vector<Placed> attached;  // holds while the mobile is attached to `new`
  std::vector<Placed> start;     // what happens at the instant a handover begins: what the radio does
  std::vector<Step> steps;
  Completes completes;
};

// Throw InputError with all that is wrong, one mistake a line: `mechanisms/x.toml:3: step "prepare": …`.
// `overrides` take the place of the file's values: "delay", "timeout", "retries" and "retry-after" are those of
// [defaults], "step.NAME.delay" is a step's own, and other names are as in the file.
Mechanism load_mechanism(const std::filesystem::path& file, const Topology& topology, const Overrides& overrides = {});
// As it is in the handover of that seed: every wait is drawn, and the same from the same seed everywhere.
Mechanism drawn(const Mechanism& mechanism, std::uint64_t seed);
// As it is when every wait is as long as it may be.
Mechanism slowest(const Mechanism& mechanism);
bool uses_radio(const Mechanism& mechanism);       // some action is the radio's
bool uses_carrier(const Mechanism& mechanism);     // and the interface shows it
bool uses_relay(const Mechanism& mechanism);       // or has packets wait, or copied
bool uses_bicast(const Mechanism& mechanism);      // and that is the latter
bool uses_flows(const Mechanism& mechanism);       // and treats forwarded and direct ones apart
bool uses_ways_over(const Mechanism& mechanism);   // or leads a tunnel over a node
bool tells_delivered(const Step& step);            // its message says what the mobile has received (BufferVerb::forget)
bool tells_delivered(const Mechanism& mechanism);  // one of its messages does

// All of <lab>/mechanisms/*.toml, by `order` and then by name; none if the folder is not there.
std::vector<Mechanism> load_mechanisms(const Topology& topology);

}  // namespace segue::config
