// A file without a disk, under a path that the readers can open.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "nodes/base/error.hpp"
#include "nodes/base/fd.hpp"

namespace segue::fuzz {

class MemoryFile {
 public:
  MemoryFile() : fd_(check(::memfd_create("input", MFD_CLOEXEC), "create a file in memory")) {}

  std::string path() const { return "/proc/self/fd/" + std::to_string(fd_.get()); }

  void hold(std::string_view text) {
    check(::ftruncate(fd_.get(), 0), "empty the file in memory");
    check(::pwrite(fd_.get(), text.data(), text.size(), 0), "write the file in memory");
  }

 private:
  Fd fd_;
};

inline std::string_view text_of(const unsigned char* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace segue::fuzz
