#include "orchestrator/guest/boot.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "nodes/base/error.hpp"

using namespace segue;
using namespace segue::guest;

namespace {

bool has(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

TEST_CASE("the command line is the same for every user, folder, seed, date and argument") {
  GuestOptions options;
  const auto words = kernel_arguments(options);
  options.kernel = "/home/u/.cache/linux";
  options.init = "/home/u/segue";
  options.out = "/home/u/results";
  options.directory = "/home/u";
  options.arguments = {"run", "prompt"};
  options.seed = 2;
  options.date_s = 1'900'000'000;
  CHECK(kernel_arguments(options) == words);
}

TEST_CASE("memory and clock are on the command line, and no word holds a blank") {
  GuestOptions options;
  options.memory = "512M";
  const auto words = kernel_arguments(options);
  CHECK(has(words, "mem=512M"));
  CHECK(has(words, "time-travel=inf-cpu"));
  CHECK(has(words, "time-travel-start=1000000000"));
  CHECK(has(words, "root=/dev/root"));
  CHECK(has(words, "ro"));
  for (const auto& word : words) CHECK(word.find_first_of(" \"") == word.npos);
}

TEST_CASE("a guest in real time has no word about time") {
  GuestOptions options;
  options.virtual_time = false;
  for (const auto& word : kernel_arguments(options)) CHECK_FALSE(word.starts_with("time-travel"));
}

TEST_CASE("a memory size the kernel would not understand is refused") {
  for (const char* memory : {"", "lots", "256", "256M x", "M", "-1M", "16M", "100000G"}) {
    GuestOptions options;
    options.memory = memory;
    CHECK_THROWS_AS(kernel_arguments(options), InputError);
  }
}

TEST_CASE("a kernel that is not there is the machine's fault and leaves nothing behind") {
  GuestOptions options;
  options.kernel = "/nonexistent/linux";
  options.init = "/proc/self/exe";
  options.out = std::filesystem::temp_directory_path();
  CHECK_THROWS_WITH_AS(run_guest(options, {}), doctest::Contains("/nonexistent/linux"), MachineError);
}

TEST_CASE("a kernel that ends without a status has panicked, and its last words are kept") {
  const auto folder = std::filesystem::temp_directory_path() / "segue-boot-test";
  std::filesystem::create_directories(folder);
  const auto kernel = folder / "kernel";
  std::ofstream(kernel) << "#!/bin/sh\necho first\necho last words >&2\nprintf unfinished\n";
  std::filesystem::permissions(kernel, std::filesystem::perms::owner_all);
  GuestOptions options;
  options.kernel = kernel;
  options.init = "/proc/self/exe";
  options.out = folder;
  std::vector<std::string> lines;
  const auto result = run_guest(options, [&](std::string_view line) { lines.emplace_back(line); });
  CHECK(result.outcome == GuestOutcome::panicked);
  CHECK(result.exit_code == 1);
  CHECK(lines == std::vector<std::string>{"first", "last words", "unfinished"});
  CHECK(result.console_tail == "first\nlast words\nunfinished\n");
  std::filesystem::remove_all(folder);
}
