// What `up` is told, and passes on to the keeper it starts.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace segue::cli {

struct UpOptions {
  std::string lab;
  std::string name;
  std::string links = "auto";
  std::string metrics = "127.0.0.1:9464";
  std::uint64_t seed = 1;
  bool watch = false;
  std::string every = "5s";
  std::vector<std::string> mechanisms;
  std::string data;
  int ready = -1;  // where the keeper says that it is up, or why not
};

void add_up_options(CLI::App* verb, UpOptions& options);

}  // namespace segue::cli
