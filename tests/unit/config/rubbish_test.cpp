// Whatever a file holds, it is either loaded or refused with a reason.
#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "orchestrator/config/document.hpp"
#include "orchestrator/config/mechanism.hpp"
#include "orchestrator/config/routes.hpp"
#include "orchestrator/config/topology.hpp"
#include "tests/unit/config/scratch.hpp"

using namespace segue;
using namespace segue::config;

namespace {

const std::filesystem::path topologies = std::filesystem::path(SEGUE_SOURCE_DIR) / "topologies";

class Mutator {
 public:
  explicit Mutator(std::vector<std::string> words) : words_(std::move(words)) {}

  std::string mutate(std::string text) {
    for (unsigned i = 0; i < 1 + below(4); ++i) change(text);
    return text;
  }

 private:
  std::size_t below(std::size_t limit) { return limit == 0 ? 0 : random_() % limit; }

  void change(std::string& text) {
    const auto at = below(text.size());
    switch (below(6)) {
      case 0:
        if (!text.empty()) text[at] = static_cast<char>(below(256));
        break;
      case 1:
        text.erase(at, below(20));
        break;
      case 2:
        text.insert(at, 1, static_cast<char>(below(256)));
        break;
      case 3:
        text.insert(at, words_[below(words_.size())]);
        break;
      case 4: {  // a line twice, or two lines in one
        const auto end = std::min(text.find('\n', at), text.size());
        text.insert(at, text.substr(at, end - at + 1));
        break;
      }
      default: {  // a word of it in another place
        const auto from = below(text.size());
        text.insert(at, text.substr(from, below(30)));
      }
    }
  }

  std::mt19937 random_{20};
  std::vector<std::string> words_;
};

const std::vector<std::string> words{
    "\"",     "[",       "]",     "{",    "}",       "=",          "\n", ".", "[[step]]\n",  "[nodes.x]\n",
    "\"mn\"", "\"1ms\"", "1e999", "-1",   "nan",     "true",       "\\", "#", "\"\"\"",      "0x7fffffffffffffff",
    "after",  "\"via\"", "role",  "::/0", "fd00::1", "1979-05-27", "\r", "'", "99999999999", "[links.y]\n"};

}  // namespace

TEST_CASE("a topology with bytes changed at random is loaded or refused") {
  const Scratch scratch;
  Mutator mutator(words);
  unsigned loaded = 0;
  unsigned refused = 0;
  for (const char* lab : {"prompt", "campus"}) {
    const std::string good = read_file(topologies / lab / "topology.toml");
    for (unsigned i = 0; i < 2000; ++i) {
      const auto file = scratch.write("topology.toml", mutator.mutate(good));
      try {
        const Topology topology = load_topology(file);
        // What is accepted must do for all that follows.
        CHECK(shortest_paths(topology).size() == topology.nodes.size());
        ++loaded;
      } catch (const InputError& error) {
        CHECK(std::string(error.what()).size() > 10);
        ++refused;
      }
    }
  }
  CHECK(loaded > 100);
  CHECK(refused > 1000);
}

TEST_CASE("a mechanism with bytes changed at random is loaded or refused") {
  const Scratch scratch;
  const Topology topology = load_topology(topologies / "prompt");
  Mutator mutator(words);
  unsigned loaded = 0;
  unsigned refused = 0;
  for (const char* name : {"prompt-scheduled", "mobile-ipv6-eap-aka"}) {
    const std::string good = read_file(topologies / "prompt/mechanisms" / (std::string(name) + ".toml"));
    for (unsigned i = 0; i < 1500; ++i) {
      const auto file = scratch.write("mechanism.toml", mutator.mutate(good));
      try {
        const Mechanism mechanism = load_mechanism(file, topology);
        CHECK(std::max(mechanism.completes.uplink, mechanism.completes.downlink) < mechanism.steps.size());
        ++loaded;
      } catch (const InputError&) {
        ++refused;
      }
    }
  }
  CHECK(loaded > 100);
  CHECK(refused > 1000);
}

TEST_CASE("files of noise are refused, at once if they are large") {
  const Scratch scratch;
  std::mt19937 random(5);
  for (const std::size_t size : {1UL, 10UL, 1000UL, 1'000'000UL, 4'000'000UL}) {
    for (const unsigned limit : {256U, 96U}) {
      std::string noise(size, ' ');
      std::generate(noise.begin(), noise.end(),
                    [&] { return static_cast<char>(limit == 256 ? random() % 255 + 1 : 32 + random() % limit); });
      const auto said = complaint([&] { load_topology(scratch.write("topology.toml", noise)); });
      CHECK(!said.empty());
      CHECK(said.size() < 10'000);
    }
  }
}
