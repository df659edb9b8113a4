// What the host tells the guest's init, and what it hears back.
//
// Orders travel in a file that init reads through hostfs. The kernel's command line would be the usual way, but it is
// short, split at blanks, and stirred into the kernel's random numbers. The status comes back as the last line on the
// console, which the host reads anyway.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace segue::guest {

struct Orders {
  std::vector<std::string> arguments;          // for the work
  std::vector<std::string> environment;        // NAME=value; all the work sees, nothing is inherited
  std::filesystem::path out;                   // absolute; the one host folder that can be written, at the same path
  std::filesystem::path directory;             // absolute; where the work starts
  std::vector<std::filesystem::path> visible;  // absolute; folders to show through the guest's own /tmp, /run and /dev
  std::uint64_t seed = 1;                      // of the kernel's random numbers
  std::uint64_t date_s = 0;                    // what CLOCK_REALTIME is set to when the work begins; 0: it is left
  friend bool operator==(const Orders&, const Orders&) = default;
};

// Name of the variable that carries the path of the orders to init.
inline constexpr const char* orders_variable = "SEGUE_GUEST";
// Names in the folder the kernel runs in: the orders, and a link to the program that is init.
inline constexpr const char* orders_name = "orders";
inline constexpr const char* init_name = "init";

std::string encode(const Orders& orders);
Orders decode_orders(std::string_view text);  // throws Error on anything encode() does not write

// Begins the console lines that are for the host's program; nobody else prints it.
inline constexpr char message_mark = '\x1e';

// The console line that says that init has read its orders (without the line feed, as below).
inline constexpr std::string_view ready_line = "\x1esegue-guest-ready";

// The console line that carries the exit status of the work.
std::string status_line(int exit_code);
std::optional<int> parse_status_line(std::string_view line);

}  // namespace segue::guest
