#include "nodes/netlink/netem.hpp"

#include <doctest/doctest.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include <cmath>
#include <random>
#include <string>

#include "nodes/netlink/message.hpp"
#include "nodes/netlink/netem_table.hpp"

using namespace segue;
using namespace segue::netlink;
using namespace std::chrono_literals;

namespace {

using Bytes = std::vector<std::byte>;

Bytes options_of(const Request& request) {
  const auto& message = *reinterpret_cast<const nlmsghdr*>(request.message().data());
  const auto bytes = payload_of<tcmsg>(message).attributes.at(TCA_OPTIONS);
  return {bytes.begin(), bytes.end()};
}

// A probability that the 32-bit scale holds exactly, so that values can be compared with ==.
Probability exact(std::uint32_t scaled) { return {scaled / 4294967295.0}; }

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  // Small, middling, huge and extreme values alike.
  std::uint64_t number(std::uint64_t most) {
    const auto value = engine_() >> (engine_() % 64);
    return engine_() % 8 == 0 ? most : value % (most == UINT64_MAX ? most : most + 1);
  }
  Probability probability() { return exact(static_cast<std::uint32_t>(number(UINT32_MAX))); }
  bool coin() { return engine_() % 2 == 0; }

  Netem netem() {
    Netem netem;
    netem.latency = Delay{static_cast<std::int64_t>(number(INT64_MAX))};
    netem.jitter = Delay{static_cast<std::int64_t>(number(INT64_MAX))};
    if (netem.jitter > 0ns && coin()) netem.distribution = NetemDistribution::normal;
    netem.limit = static_cast<std::uint32_t>(number(UINT32_MAX));
    if (coin()) {
      netem.gilbert_elliott = NetemGilbertElliott{probability(), probability(), probability(), probability()};
    } else {
      netem.loss = probability();
    }
    netem.duplicate = probability();
    netem.corrupt = probability();
    netem.reorder = probability();
    if (netem.reorder.value > 0) netem.gap = 1 + static_cast<std::uint32_t>(number(1000));
    netem.bytes_per_second = number(UINT64_MAX);
    if (coin()) netem.seed = number(UINT64_MAX);
    return netem;
  }
  std::mt19937_64& engine() { return engine_; }

 private:
  std::mt19937_64 engine_;
};

}  // namespace

TEST_CASE("whatever is asked of netem is read back from the same bytes") {
  Random random(1);
  for (int round = 0; round < 2000; ++round) {
    CAPTURE(round);
    const Netem asked = random.netem();
    CHECK(decode_netem(options_of(replace_netem(3, asked))) == asked);
  }
}

TEST_CASE("probabilities are kept to 32 bits and rates beyond 32 bits survive") {
  const Netem read = decode_netem(options_of(
      change_netem(3, {.loss = {0.01}, .duplicate = {1.0 / 3}, .bytes_per_second = std::uint64_t{1} << 33})));
  CHECK(std::abs(read.loss.value - 0.01) < 1.0 / UINT32_MAX);
  CHECK(std::abs(read.duplicate.value - 1.0 / 3) < 1.0 / UINT32_MAX);
  CHECK(read.bytes_per_second == std::uint64_t{1} << 33);
}

TEST_CASE("the options are laid out as the kernel reads them") {
  const Bytes bytes = options_of(replace_netem(3, {.latency = 10ms,
                                                   .limit = 77,
                                                   .gilbert_elliott = NetemGilbertElliott{{0}, {1}, {1}, {0}},
                                                   .reorder = {1},
                                                   .seed = 0x0123456789abcdef}));
  tc_netem_qopt options;
  std::memcpy(&options, bytes.data(), sizeof options);
  CHECK(options.latency == 10'000'000 / 64);
  CHECK(options.limit == 77);
  CHECK(options.gap == 1);
  const Attributes attributes{std::span(bytes).subspan(sizeof options)};
  CHECK(attributes.get<std::int64_t>(10) == 10'000'000);
  CHECK(attributes.get<std::uint64_t>(14) == 0x0123456789abcdef);
  CHECK(attributes.get<tc_netem_reorder>(TCA_NETEM_REORDER)->probability == UINT32_MAX);
  CHECK_FALSE(attributes.has(TCA_NETEM_DELAY_DIST));
  const Attributes loss(attributes.at(TCA_NETEM_LOSS));
  const auto model = loss.get<tc_netem_gemodel>(NETEM_LOSS_GE);
  REQUIRE(model);
  CHECK(model->p == 0);
  CHECK(model->r == UINT32_MAX);
  CHECK(model->h == 0);  // the kernel wants h where tc's users give 1-h
  CHECK(model->k1 == 0);
}

TEST_CASE("a setting that is off is sent all the same, so that a change takes it back") {
  const Bytes bytes = options_of(change_netem(3, {}));
  const Attributes attributes{std::span(bytes).subspan(sizeof(tc_netem_qopt))};
  for (const int type : {TCA_NETEM_CORR, TCA_NETEM_REORDER, TCA_NETEM_CORRUPT, TCA_NETEM_RATE, TCA_NETEM_LATENCY64,
                         TCA_NETEM_JITTER64}) {
    CAPTURE(type);
    CHECK(attributes.has(type));
  }
}

TEST_CASE("an older kernel's delays in ticks are read when the 64-bit ones are absent") {
  tc_netem_qopt options{};
  options.latency = 156250;
  options.jitter = 1000;
  Bytes bytes(sizeof options);
  std::memcpy(bytes.data(), &options, sizeof options);
  CHECK(decode_netem(bytes).latency == 10ms);
  CHECK(decode_netem(bytes).jitter == 64us);
}

TEST_CASE("options that are cut off anywhere are refused or read, never read past their end") {
  const Bytes whole =
      options_of(replace_netem(3, {.latency = 1ms, .gilbert_elliott = NetemGilbertElliott{}, .seed = 1}));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    if (size < sizeof(tc_netem_qopt)) CHECK_THROWS_AS(decode_netem(cut), Error);
    try {
      decode_netem(cut);
    } catch (const Error&) {
    }
  }
  // The last attribute lacks one byte of its value.
  CHECK_THROWS_AS(decode_netem(std::span(whole).first(whole.size() - 1)), Error);
}

TEST_CASE("garbled options are refused or read as some setting, and nothing else happens") {
  Random random(2);
  int refused = 0;
  for (int round = 0; round < 5000; ++round) {
    Netem netem = random.netem();
    netem.jitter = 0ns;  // the table is most of the bytes otherwise
    Bytes bytes = options_of(replace_netem(3, netem));
    for (int flips = 0; flips < 3; ++flips) {
      bytes[random.engine()() % bytes.size()] = static_cast<std::byte>(random.engine()());
    }
    try {
      decode_netem(bytes);
    } catch (const Error&) {
      ++refused;
    }
  }
  CHECK(refused > 0);
  CHECK(refused < 5000);
}

TEST_CASE("what netem cannot be asked is refused before the kernel sees it") {
  for (const double value : {-0.1, 1.1, std::nan("")}) {
    CAPTURE(value);
    CHECK_THROWS_AS(replace_netem(3, {.loss = {value}}), Error);
  }
  CHECK_THROWS_AS(replace_netem(3, {.latency = -1ns}), Error);
}

TEST_CASE("the tables of distributions have the moments of their distribution") {
  const auto moments = [](const DistributionTable& table) {
    double sum = 0;
    double squares = 0;
    for (const std::int16_t entry : table) {
      const double value = entry / 8192.0;
      sum += value;
      squares += value * value;
    }
    const auto count = static_cast<double>(table.size());
    return std::pair{sum / count, std::sqrt(squares / count)};
  };
  CHECK(moments(normal_table()).first == 0);
  CHECK(moments(normal_table()).second == doctest::Approx(1).epsilon(0.002));
  CHECK(moments(uniform_table()).first == 0);
  CHECK(moments(uniform_table()).second == doctest::Approx(1 / std::sqrt(3)).epsilon(0.001));
  // The quantile of 0.975 is 1.95996.
  CHECK(normal_table()[3993] / 8192.0 == doctest::Approx(1.9600).epsilon(0.002));
}
