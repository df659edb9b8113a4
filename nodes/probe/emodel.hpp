// Voice quality by the E-model: ITU-T G.107 (06/2015), R = Ro - Is - Id - Ie,eff + A, with its default values.
//
// The one-way delay stands for all three of G.107's delays: T = Ta, Tr = 2 T, as on a digital path with one echo
// control at each end (TELR 65 dB, WEPL 110 dB). No advantage factor (A = 0).
#pragma once

#include "nodes/base/clock.hpp"

namespace segue::probe {

// Equipment impairment and robustness to loss: ITU-T G.113 Appendix I.
struct Codec {
  double ie = 0.0;
  double bpl = 4.3;
};
inline constexpr Codec g711{0.0, 4.3};       // without packet loss concealment
inline constexpr Codec g711_plc{0.0, 25.1};  // with the concealment of G.711 Appendix I

struct VoiceQuality {
  double r = 0.0;    // 0 to 100; 93.2 without any impairment
  double mos = 1.0;  // estimated mean opinion score of conversation, 1 to 4.5
};

// `loss_ratio` from 0 to 1, late packets included; `burst_ratio` 1 for independent losses.
VoiceQuality voice_quality(Delay one_way, double loss_ratio, double burst_ratio = 1.0, const Codec& codec = g711);

// G.107's parts, each in R's scale.
double delay_impairment(Delay one_way);           // Id = Idte + Idle + Idd
double absolute_delay_impairment(Delay one_way);  // Idd
double effective_equipment_impairment(double loss_ratio, double burst_ratio, const Codec& codec);  // Ie,eff
double mos_of(double r);                                                                           // Annex B

}  // namespace segue::probe
