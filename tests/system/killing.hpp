// Kills programs at random moments, and looks for what of them is left on the host.
#pragma once

#include <filesystem>
#include <random>
#include <set>
#include <string>

#include "tests/system/host.hpp"
#include "tests/system/program.hpp"
#include "tests/unit/config/scratch.hpp"

namespace segue::test {

// One for all kills of a test, since it changes where its process sees files (EmptyPlaces).
class Killing {
 public:
  explicit Killing(unsigned seed) : random_(seed) {}

  // For the programs' own files, empty at first.
  const std::filesystem::path& folder() const { return scratch_.path(); }

  Delay moment(Delay span) { return Delay(std::uniform_int_distribution<std::int64_t>(0, span.count())(random_)); }

  // `segue WORDS…`, killed at a moment within `span`. What is left of it a second later, as text; "" if nothing is.
  std::string kill(const Command& command, Delay span, const Surroundings& surroundings = {});

  // The same of a process that runs now (0: it does not), and of `starter`, which ends when it has lost it.
  std::string kill(pid_t process, Process& starter);

  // What the host is like now is what it has to be like after a kill.
  void look_at_host() { before_ = host_state(); }

  // What lies in the places where programs leave what must not last.
  std::string files() const;

  Delay longest() const noexcept { return longest_; }  // until all was gone

  // Kills that met a lab or a guest, and not only a program that starts or ends.
  unsigned labs_met() const noexcept { return labs_met_; }
  unsigned guests_met() const noexcept { return guests_met_; }

 private:
  std::string left(const std::set<ino_t>& namespaces, Instant killed);

  EmptyPlaces places_;
  Scratch scratch_;  // in one of them
  HostState before_ = host_state();
  Delay longest_{0};
  unsigned labs_met_ = 0;
  unsigned guests_met_ = 0;
  std::mt19937 random_;
};

// The keeper of this lab; 0 if there is none below this process.
pid_t keeper_of(const std::string& lab);

// The namespaces of what runs below this process, without its own.
std::set<ino_t> namespaces_below();

}  // namespace segue::test
