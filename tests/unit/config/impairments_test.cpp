#include "orchestrator/config/impairments.hpp"

#include <doctest/doctest.h>

#include "tests/unit/config/scratch.hpp"

using namespace segue;
using namespace segue::config;
using namespace std::chrono_literals;

TEST_CASE("every impairment can be set by its key and the example of it") {
  link::Impairments impairments;
  for (const ImpairmentKey& key : impairment_keys()) {
    CAPTURE(key.name);
    const auto before = impairments;
    set_impairment(impairments, key.name,
                   key.name == "queue-limit"    ? "17"
                   : key.name == "jitter-shape" ? "uniform"
                                                : key.example);
    CHECK_FALSE(impairments == before);
  }
  CHECK(impairments.delay == 10ms);
  CHECK(impairments.queue_limit == 17);
  CHECK(impairments.gilbert_elliott.r.value == doctest::Approx(0.3));
  CHECK(impairments.gilbert_elliott.loss_in_bad.value == 1);
  for (const ImpairmentKey& key : impairment_keys()) CHECK_NOTHROW(set_impairment(impairments, key.name, key.example));
}

TEST_CASE("gilbert-elliott is one text, and can be switched off") {
  link::Impairments impairments;
  set_impairment(impairments, "gilbert-elliott", "p=1% r=20%, loss-in-bad=80% loss-in-good=0.1%");
  CHECK(impairments.gilbert_elliott.loss_in_bad.value == doctest::Approx(0.8));
  CHECK(impairments.gilbert_elliott.loss_in_good.value == doctest::Approx(0.001));
  set_impairment(impairments, "gilbert-elliott", "off");
  CHECK(impairments == link::Impairments{});
}

TEST_CASE("a key or a value that is none leaves everything as it was and says what would be right") {
  link::Impairments impairments;
  const auto said = [&](const char* key, const char* value) {
    return complaint([&] { set_impairment(impairments, key, value); });
  };
  CHECK(said("delya", "1ms") == "unknown impairment \"delya\"; did you mean \"delay\"?");
  CHECK(said("delay", "10 parsecs") == "delay \"10 parsecs\": unknown unit (ns, us, ms, s, min)");
  CHECK(said("gilbert-elliott", "1%") ==
        "gilbert-elliott \"1%\": its parts are p=, r=, loss-in-bad= and loss-in-good=");
  CHECK(said("gilbert-elliott", "r=1%") == "gilbert-elliott \"r=1%\": p is missing, or \"off\"");
  CHECK(said("gilbert-elliott", "p=1m") == "gilbert-elliott p \"1m\": unknown unit (%, or none for a fraction of one)");
  CHECK(said("queue-limit", "-1") == "queue-limit \"-1\": a number of packets is wanted, from 1 to 4294967295");
  CHECK(said("queue-limit", "99999999999") != "");
  CHECK(said("delay", "61min") == "delay \"61min\": it goes up to 60min");
  CHECK(impairments == link::Impairments{});
}

TEST_CASE("check throws the first contradiction") {
  link::Impairments impairments;
  CHECK_NOTHROW(check(impairments));
  impairments.reorder = {0.1};
  CHECK(complaint([&] { check(impairments); }) ==
        "reorder needs a delay: a packet can only be sent past those that wait");
  impairments.delay = 1ms;
  CHECK_NOTHROW(check(impairments));
}
