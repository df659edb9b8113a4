// An ordinary user, made for a test: no name, no privilege, a home of its own.
#pragma once

#include <filesystem>

namespace segue::test {

// While it lives, all that run() and Process start is started by this user. This process gets a mount namespace of its
// own, in which the user can read the program and its labs wherever they lie, and has a /dev/net/tun of the test's.
class User {
 public:
  // Its files lie in a folder that is made below this one.
  explicit User(const std::filesystem::path& below);
  User(const User&) = delete;
  User& operator=(const User&) = delete;
  ~User();

  void may_open_tun(bool may);  // he may not before

  const std::filesystem::path& home() const noexcept { return home_; }
  static constexpr unsigned number = 54321;

 private:
  std::filesystem::path place_;
  std::filesystem::path home_;
};

}  // namespace segue::test
