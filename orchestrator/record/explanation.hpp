// Where the gaps of a handover went, by the analysis: what each consists of, and what a delay that is shorter would save.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace segue::record {

// Of one handover, in nanoseconds; infinity for what has no end. An outage is the measure of the send times whose packet
// is lost, as far as buffers have room; interruptions are means over the probe's phase.
struct Gaps {
  double completion = 0;
  double outage_uplink = 0;
  double outage_downlink = 0;
  double interruption_uplink = 0;
  double interruption_downlink = 0;
};

// Packets of the same handover.
struct GapPackets {
  double lost_uplink = 0;
  double lost_downlink = 0;
  double duplicated_uplink = 0;
  double duplicated_downlink = 0;
  double buffered_uplink = 0;
  double buffered_downlink = 0;
};

template <typename Of>
struct GapFigure {
  const char* name;
  double Of::*member;
  const char* heading;
};

inline constexpr std::array gap_figures{
    GapFigure<Gaps>{"completion", &Gaps::completion, "completion"},
    GapFigure<Gaps>{"outage_uplink", &Gaps::outage_uplink, "outage up"},
    GapFigure<Gaps>{"outage_downlink", &Gaps::outage_downlink, "outage down"},
    GapFigure<Gaps>{"interruption_uplink", &Gaps::interruption_uplink, "interruption up"},
    GapFigure<Gaps>{"interruption_downlink", &Gaps::interruption_downlink, "interruption down"}};

inline constexpr std::array gap_packet_figures{
    GapFigure<GapPackets>{"lost_uplink", &GapPackets::lost_uplink, "lost up"},
    GapFigure<GapPackets>{"lost_downlink", &GapPackets::lost_downlink, "lost down"},
    GapFigure<GapPackets>{"duplicated_uplink", &GapPackets::duplicated_uplink, "doubled up"},
    GapFigure<GapPackets>{"duplicated_downlink", &GapPackets::duplicated_downlink, "doubled down"},
    GapFigure<GapPackets>{"buffered_uplink", &GapPackets::buffered_uplink, "held up"},
    GapFigure<GapPackets>{"buffered_downlink", &GapPackets::buffered_downlink, "held down"}};

// One of what the gaps consist of. What stands under a gap adds up to it, over all parts, to the nanosecond.
struct GapPart {
  std::string kind;  // "leaving", "link switch", "wait", "signalling", "processing", "confirmation", "way", "window",
                     // "delay of copies", "rate", "packet interval"
  std::string of;    // the step, mostly
  std::string over;  // the link and its direction, "ar1>map", or the node
  Gaps ns;
};

// What one nanosecond less of it would take off.
struct Saving {
  std::string parameter;  // as it is overridden: "links.map-ar1.delay", "mechanism.step.prepare.delay"
  std::int64_t now_ns = 0;
  Gaps ns;             // of each gap
  GapPackets packets;  // and of each number of packets
};

struct Explanation {
  std::string mechanism;
  std::string from;  // access routers
  std::string to;
  Gaps whole;
  GapPackets packets;
  std::vector<GapPart> parts;
  std::vector<Saving> savings;     // those that save something
  std::vector<std::string> drawn;  // steps that wait at random, which is taken for its mean
};

}  // namespace segue::record
