#include "tests/system/user.hpp"

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "nodes/base/error.hpp"
#include "tests/system/program.hpp"

namespace segue::test {

namespace {

namespace fs = std::filesystem;

void mount_at(const fs::path& source, const fs::path& place) {
  check(::mount(source.c_str(), place.c_str(), nullptr, MS_BIND | MS_REC, nullptr), "show " + source.string());
}

fs::path shown(const fs::path& source, const fs::path& place) {
  fs::create_directory(place);
  mount_at(source, place);
  return place;
}

// The same device as everywhere, with permissions of its own.
void give_tun(const fs::path& node) {
  check(::mknod(node.c_str(), S_IFCHR | S_IRUSR | S_IWUSR, makedev(10, 200)), "make a node for /dev/net/tun");
  mount_at(node, "/dev/net/tun");
}

void become_user(const fs::path& home) {
  ::setenv("HOME", home.c_str(), 1);
  ::setenv("TMPDIR", home.c_str(), 1);
  if (::setgroups(0, nullptr) != 0 || ::setgid(User::number) != 0 || ::setuid(User::number) != 0) ::_exit(126);
}

}  // namespace

User::User(const fs::path& below) : place_(below / "user"), home_(place_ / "home") {
  check(::unshare(CLONE_NEWNS), "create a mount namespace");
  check(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "make mounts private");
  fs::create_directory(place_);
  fs::permissions(below, fs::perms::others_exec, fs::perm_options::add);
  check(::mount("none", place_.c_str(), "tmpfs", 0, "mode=755"), "make a place for a user");
  fs::create_directory(home_);
  check(::chown(home_.c_str(), number, number), "give a user a home");
  give_tun(place_ / "tun");
  usual() = {.program = shown(fs::path(SEGUE_PROGRAM).parent_path(), place_ / "bin") / "segue",
             .labs = shown(fs::path(SEGUE_SOURCE_DIR) / "topologies", place_ / "topologies"),
             .in_child = [home = home_] { become_user(home); }};
}

User::~User() {
  usual() = {};
  ::umount2("/dev/net/tun", MNT_DETACH);
  ::umount2(place_.c_str(), MNT_DETACH);
  ::rmdir(place_.c_str());
}

void User::may_open_tun(bool may) {
  constexpr auto others = fs::perms::others_read | fs::perms::others_write;
  fs::permissions(place_ / "tun", others, may ? fs::perm_options::add : fs::perm_options::remove);
}

}  // namespace segue::test
