// What the tests in this folder share. Their program is its own guest: started by ctest it runs the tests, started as
// process 1 of a guest it runs the work a test has named.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "orchestrator/guest/boot.hpp"

namespace segue::test {

using Arguments = std::vector<std::string>;

// Work for a guest, found by its name, the first of the arguments. Define one beside the test that asks for it.
struct Work {
  Work(const std::string& name, std::function<int(const Arguments&)> work);
};

int do_work(const Arguments& arguments);
void say(const std::string& line);  // from the guest to the test

// A folder under TMPDIR, gone with the object.
struct Folder {
  Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder();
  std::filesystem::path path;
};

// Options for a guest that runs this program in `out`.
guest::GuestOptions guest_options(const Arguments& arguments, const Folder& out);

struct Ran {
  guest::GuestResult result;
  std::vector<std::string> lines;
};
Ran in_guest(const guest::GuestOptions& options);

}  // namespace segue::test
