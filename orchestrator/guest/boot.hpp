// Runs a program in a guest kernel in virtual time (or real time), without any privilege.
//
// The guest is User-Mode Linux: a process whose root is the host's file tree, read-only. Computing and waiting take no
// virtual time, so hours of waiting pass in moments, and nothing of the host's clock, load, random numbers or process
// ids reaches the guest: one seed, one result. A guest costs about a second to boot.
//
// Threading: call from the main thread only, since guests die with the thread that started them (PR_SET_PDEATHSIG).
// SIGINT and SIGTERM are taken over for the duration of the call: the guests are told to stop, are killed if they do
// not, and their results say `interrupted`. No process, file or folder of a guest outlives the call.
// Errors: MachineError when the kernel or the init program cannot be run, Error when scratch space cannot be made; what
// happens to a guest that has started is a value.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "nodes/base/clock.hpp"
#include "orchestrator/guest/date.hpp"

namespace segue::guest {

// From when results count that need dates for their times, in seconds since 1970; whatever a guest's clock shows.
inline constexpr std::int64_t results_begin_s = 1'000'000'000;

struct GuestOptions {
  std::filesystem::path kernel;                // see kernel_path()
  std::filesystem::path init;                  // a program that calls guest_main()
  std::vector<std::string> arguments;          // for the work
  std::filesystem::path out;                   // existing folder, the only one the guest can write
  std::filesystem::path directory;             // where the work starts; the present one if empty
  std::vector<std::filesystem::path> visible;  // further folders the work reads, if they are under /tmp, /run or /dev
  std::vector<std::string> environment;        // NAME=value, added to HOME, PATH and TMPDIR
  std::string memory = "256M";                 // "32M" to "64G"; the host gives what is used
  std::uint64_t seed = 1;                      // of the guest kernel's random numbers
  bool virtual_time = true;                    // false: time passes as on the host
  std::int64_t date_s = default_date_s;        // CLOCK_REALTIME when the work begins, in virtual time
  Delay wall_limit = std::chrono::hours(1);    // wall time until the guest is given up
  Delay hang_limit = std::chrono::minutes(1);  // wall time without a line on the console, likewise
};

enum class GuestOutcome : std::uint8_t {
  finished,     // the work returned; exit_code is its own
  panicked,     // the guest kernel ended without a status
  hung,         // no output for hang_limit
  timed_out,    // wall_limit reached
  interrupted,  // SIGINT or SIGTERM
};

struct GuestResult {
  GuestOutcome outcome = GuestOutcome::panicked;
  int exit_code = 1;
  Delay wall{0};             // from the start of the process to its end
  std::string kernel_end;    // of its process: "exit status 1", "signal 9 (Killed)"
  std::string console_tail;  // the last lines, for a report; empty lines left out
};

const char* to_text(GuestOutcome outcome);

// Called with the index of the guest and a line of its console, without the line feed.
using OnLine = std::function<void(std::size_t guest, std::string_view line)>;

// Runs all guests, at most `jobs` at a time, and returns their results in the order given.
std::vector<GuestResult> run_guests(const std::vector<GuestOptions>& guests, int jobs, const OnLine& on_line);

GuestResult run_guest(const GuestOptions& options, const std::function<void(std::string_view line)>& on_line);

// Throws InputError on a size outside the bounds above.
std::uint64_t memory_bytes(const std::string& memory);

// The command line of the kernel, the program's name left out; public for its tests. It runs in a folder that holds
// the orders for init and a link to it, under the names in orders.hpp.
std::vector<std::string> kernel_arguments(const GuestOptions& options);

}  // namespace segue::guest
