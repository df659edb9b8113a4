#include "nodes/probe/emodel.hpp"

#include <algorithm>
#include <cmath>

namespace segue::probe {

namespace {

// Default values of G.107 table 2. Loudness in dB, noise in dBm0p, dBmp or dB(A).
constexpr double slr = 8, rlr = 2, olr = slr + rlr;  // loudness ratings: sending, receiving, overall
constexpr double stmr = 15;                          // sidetone masking rating
constexpr double ds = 3, dr = 3, lstr = stmr + dr;   // D-values of the telephones, listener sidetone
constexpr double telr = 65, wepl = 110;              // echo: talker's loudness rating, weighted path loss
constexpr double qdu = 1;                            // quantisation distortion units
constexpr double nc = -70, nfor = -64;               // circuit noise, noise floor
constexpr double ps = 35, pr = 35;                   // room noise at either side

double power(double db) { return std::pow(10.0, db / 10.0); }
double db(double power) { return 10.0 * std::log10(power); }

// The three parts of G.107's clause 7 that no delay enters, but for the talker echo's share in the sidetone.

double noise() {  // No
  const double nos = ps - slr - ds - 100 + 0.004 * std::pow(ps - olr - ds - 14, 2);
  const double pre = pr + db(1 + power(10 - lstr));
  const double nor = rlr - 121 + pre + 0.008 * std::pow(pre - 35, 2);
  const double nfo = nfor + rlr;
  return db(power(nc) + power(nos) + power(nor) + power(nfo));
}

double signal_to_noise() { return 15 - 1.5 * (slr + noise()); }  // Ro

double simultaneous_impairment(double t_ms) {  // Is
  const double xolr = olr + 0.2 * (64 + noise() - rlr);
  const double iolr = 20 * (std::pow(1 + std::pow(xolr / 8, 8), 1.0 / 8) - xolr / 8);
  const double stmro = -db(power(-stmr) + std::exp(-t_ms / 4) * power(-telr));
  const double ist = 12 * std::pow(1 + std::pow((stmro - 13) / 6, 8), 1.0 / 8) -
                     28 * std::pow(1 + std::pow((stmro + 1) / 19.4, 35), 1.0 / 35) -
                     13 * std::pow(1 + std::pow((stmro - 3) / 33, 13), 1.0 / 13) + 29;
  const double q = 37 - 15 * std::log10(qdu);
  const double g = 1.07 + 0.258 * q + 0.0602 * q * q;
  const double y = (signal_to_noise() - 100) / 15 + 46 / 8.4 - g / 9;
  const double z = 46.0 / 30 - g / 40;
  const double iq = 15 * std::log10(1 + std::pow(10, y) + std::pow(10, z));
  return iolr + ist + iq;
}

double talker_echo(double t_ms) {  // Idte
  if (t_ms < 1) return 0;          // sidetone then, and part of Is
  const double terv = telr - 40 * std::log10((1 + t_ms / 10) / (1 + t_ms / 150)) + 6 * std::exp(-0.3 * t_ms * t_ms);
  const double re = 80 + 2.5 * (terv - 14);
  const double roe = -1.5 * (noise() - rlr);
  const double half = (roe - re) / 2;
  return (half + std::sqrt(half * half + 100) - 1) * (1 - std::exp(-t_ms));
}

double listener_echo(double tr_ms) {  // Idle
  const double rle = 10.5 * (wepl + 7) * std::pow(tr_ms + 1, -0.25);
  const double half = (signal_to_noise() - rle) / 2;
  return half + std::sqrt(half * half + 169);
}

double to_ms(Delay delay) { return static_cast<double>(delay.count()) / 1e6; }

}  // namespace

double absolute_delay_impairment(Delay one_way) {
  const double ta = to_ms(one_way);
  if (ta <= 100) return 0;
  const double x = std::log10(ta / 100) / std::log10(2);
  const auto sixth_root = [](double value) { return std::pow(value, 1.0 / 6); };
  return 25 * (sixth_root(1 + std::pow(x, 6)) - 3 * sixth_root(1 + std::pow(x / 3, 6)) + 2);
}

double delay_impairment(Delay one_way) {
  const double t = to_ms(one_way);
  return talker_echo(t) + listener_echo(2 * t) + absolute_delay_impairment(one_way);
}

double effective_equipment_impairment(double loss_ratio, double burst_ratio, const Codec& codec) {
  const double percent = 100 * loss_ratio;
  if (percent <= 0) return codec.ie;
  return codec.ie + (95 - codec.ie) * percent / (percent / burst_ratio + codec.bpl);
}

double mos_of(double r) {
  if (r <= 0) return 1.0;
  if (r >= 100) return 4.5;
  // Between 0 and 6.5 the cubic dips under 1, where no opinion score is.
  return std::max(1.0, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6);
}

VoiceQuality voice_quality(Delay one_way, double loss_ratio, double burst_ratio, const Codec& codec) {
  const double r = signal_to_noise() - simultaneous_impairment(to_ms(one_way)) - delay_impairment(one_way) -
                   effective_equipment_impairment(loss_ratio, burst_ratio, codec);
  const double bounded = std::clamp(r, 0.0, 100.0);
  return {bounded, mos_of(bounded)};
}

}  // namespace segue::probe
