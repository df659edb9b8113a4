#include "orchestrator/guest/surroundings.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/random.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <ctime>
#include <fstream>

#include "nodes/base/error.hpp"
#include "nodes/base/fd.hpp"

namespace segue::guest {

namespace {

namespace fs = std::filesystem;

constexpr time_t work_starts_s = 1;  // on CLOCK_MONOTONIC

void mount_on(const fs::path& target, const char* type, unsigned long flags, const char* data = nullptr) {
  check(::mount("none", target.c_str(), type, flags, data), fmt::format("mount {} on {}", type, target.native()));
}

// A folder of the host at its own path. Its mount point is there already unless a file system of the guest covers it.
void show_folder(const fs::path& path, unsigned long flags) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) throw Error(fmt::format("make the mount point {}: {}", path.native(), error.message()));
  mount_on(path, "hostfs", flags, path.c_str());
}

bool is_covered(const fs::path& path) {
  const auto& text = path.native();
  return text.starts_with("/tmp/") || text.starts_with("/run/") || text.starts_with("/dev/");
}

void mount_guest_folders() {
  mount_on("/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC);
  mount_on("/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC);
  fs::create_directories("/dev/pts");
  fs::create_directories("/dev/shm");
  mount_on("/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "ptmxmode=0666");
  for (const char* path : {"/dev/shm", "/run", "/tmp"}) mount_on(path, "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777");
}

void show_host_folders(const Orders& orders) {
  // Outer folders first, or they would hide the inner ones.
  std::vector<fs::path> visible = orders.visible;
  std::sort(visible.begin(), visible.end());
  visible.erase(std::unique(visible.begin(), visible.end()), visible.end());
  for (const auto& path : visible)
    if (is_covered(path)) show_folder(path, MS_RDONLY);
  show_folder(orders.out, 0);
}

void write_sysctl(const char* path, int value) {
  std::ofstream file(path);
  if (!(file << value << std::flush)) throw Error(fmt::format("write {} to {}", value, path));
}

std::uint64_t next_random(std::uint64_t& state) {  // SplitMix64
  std::uint64_t z = state += 0x9e3779b97f4a7c15U;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31);
}

// The kernel has had no entropy from the host. It gets the seed's, all it will ever have, counted as enough, since
// getrandom() would otherwise wait for more.
void seed_random(std::uint64_t seed) {
  struct {
    int entropy_bits;
    int bytes;
    std::array<std::uint64_t, 8> words;
  } pool{};
  static_assert(sizeof pool == sizeof(rand_pool_info) + sizeof pool.words);
  for (auto& word : pool.words) word = next_random(seed);
  pool.entropy_bits = static_cast<int>(sizeof pool.words * 8);
  pool.bytes = static_cast<int>(sizeof pool.words);
  const Fd random(check(::open("/dev/random", O_WRONLY | O_CLOEXEC), "open /dev/random"));
  check(::ioctl(random.get(), RNDADDENTROPY, &pool), "seed the kernel's random numbers");
}

void loopback_up() {
  const Fd socket(check(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "open a socket"));
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  check(::ioctl(socket.get(), SIOCGIFFLAGS, &request), "read the flags of lo");
  request.ifr_flags |= IFF_UP;
  check(::ioctl(socket.get(), SIOCSIFFLAGS, &request), "set lo up");
}

// The work starts at one instant with one state of the random numbers, however long the way here was and however many
// of them it took.
void wait_for_start(std::uint64_t date_s) {
  const Fd random(check(::open("/dev/random", O_WRONLY | O_CLOEXEC), "open /dev/random"));
  const timespec start{work_starts_s, 0};
  if (const int error = ::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &start, nullptr); error != 0)
    throw_errno("wait for the start of the work", error);
  check(::ioctl(random.get(), RNDRESEEDCRNG, nullptr), "begin the kernel's random numbers anew");
  if (date_s == 0) return;
  const timespec date{static_cast<time_t>(date_s), 0};
  check(::clock_settime(CLOCK_REALTIME, &date), "set the clock to the date of the work");
}

}  // namespace

void arrange_surroundings(const Orders& orders) {
  // First what every guest does alike, up to the seed; the kernel stirs the time into its random numbers, and with them
  // whatever took time before. Mounting the user's folders takes a little for each.
  mount_on("/dev", "devtmpfs", MS_NOSUID, "mode=0755");
  seed_random(orders.seed);
  mount_guest_folders();
  constexpr std::string_view name = "segue";
  check(::sethostname(name.data(), name.size()), "set the host name");
  loopback_up();
  // Results reach the host within a second of virtual time, so that a guest that has to be killed leaves them.
  write_sysctl("/proc/sys/vm/dirty_writeback_centisecs", 50);
  write_sysctl("/proc/sys/vm/dirty_expire_centisecs", 50);
  show_host_folders(orders);
  wait_for_start(orders.date_s);
}

}  // namespace segue::guest
