// A folder of its own for a test's files, gone with the object.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

#include "nodes/base/error.hpp"

class Scratch {
 public:
  Scratch() {
    std::string pattern = (std::filesystem::temp_directory_path() / "segue-config-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) segue::throw_errno("make a folder for the test");
    path_ = pattern;
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() { std::filesystem::remove_all(path_); }

  const std::filesystem::path& path() const { return path_; }

  std::filesystem::path write(const std::string& name, const std::string& text) const {
    auto file = path_ / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
    return file;
  }

 private:
  std::filesystem::path path_;
};

// What an InputError says; empty if there is none.
inline std::string complaint(const std::function<void()>& attempt) {
  try {
    attempt();
  } catch (const segue::InputError& error) {
    return error.what();
  }
  return {};
}
