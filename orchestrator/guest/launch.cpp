#include "orchestrator/guest/launch.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>
#include <fstream>

#include "nodes/base/error.hpp"
#include "nodes/base/pipe.hpp"
#include "nodes/process/child.hpp"
#include "orchestrator/guest/orders.hpp"

namespace segue::guest {

namespace {

namespace fs = std::filesystem;

// More than any guest says between two turns of our loop. When the pipe is full the writer waits, and while it waits
// the guest's time moves on: how far would depend on the host.
constexpr int console_capacity = 1 << 20;

// UML fills its random pool with the host's getrandom() and knows no option against it; where the call does not exist
// it goes on without. The guest's own programs are not affected: their system calls are answered by the guest.
std::vector<sock_filter> no_host_random() {
  return {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getrandom, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
}

// The guest's memory is a file. On a disk it would cost writes, and a small /dev/shm (64 MB in containers) would end
// the guest with SIGBUS in the middle of its work.
fs::path memory_folder(std::uint64_t wanted, const fs::path& otherwise) {
  constexpr const char* shared_memory = "/dev/shm";
  struct statvfs room {};
  if (::access(shared_memory, W_OK | X_OK) == 0 && ::statvfs(shared_memory, &room) == 0 &&
      room.f_bavail * room.f_frsize > wanted)
    return shared_memory;
  return otherwise;
}

// What kernel_arguments() says the scratch folder holds.
void fill_scratch(const GuestOptions& options, const fs::path& scratch) {
  Orders orders;
  orders.arguments = options.arguments;
  orders.environment = {"HOME=/tmp", "TMPDIR=/tmp",
                        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"};
  orders.environment.insert(orders.environment.end(), options.environment.begin(), options.environment.end());
  orders.out = fs::canonical(options.out);
  orders.directory = options.directory.empty() ? fs::current_path() : fs::canonical(options.directory);
  orders.visible = {fs::canonical(options.init).parent_path(), orders.directory};
  for (const auto& path : options.visible) orders.visible.push_back(fs::canonical(path));
  orders.seed = options.seed;
  if (options.virtual_time) orders.date_s = static_cast<std::uint64_t>(options.date_s);
  const fs::path file = scratch / orders_name;
  std::ofstream stream(file, std::ios::binary);
  if (!(stream << encode(orders) << std::flush)) throw Error("write the guest's orders to " + file.native());
  fs::create_symlink(fs::canonical(options.init), scratch / init_name);
}

}  // namespace

Launched launch(const GuestOptions& options, const fs::path& scratch) {
  Pipe input = make_pipe();
  Pipe console = make_pipe();
  ::fcntl(console.read.get(), F_SETPIPE_SZ, console_capacity);  // refused to users over their quota; then smaller
  check(::fcntl(console.read.get(), F_SETFL, O_NONBLOCK), "make the guest's console non-blocking");
  fill_scratch(options, scratch);
  process::Child kernel(
      {.path = fs::absolute(options.kernel).native(),
       .arguments = kernel_arguments(options),
       .environment = process::Environment{{"HOME", scratch.native()},
                                           {"PATH", "/usr/bin:/bin"},
                                           {"TMPDIR", memory_folder(memory_bytes(options.memory), scratch).native()}},
       .folder = scratch.native(),
       .input = input.read.get(),
       .output = console.write.get(),
       .errors = process::as_output,
       .group = process::Group::session,  // the kernel would die of the terminal's Ctrl-C at once
       // Where the host puts the kernel's heap decides how much memory the guest believes to have, and so its limits.
       .fixed_addresses = true,
       .filter = no_host_random()});
  Fd end = kernel.watch();
  return {kernel.release(), std::move(end), std::move(console.read), std::move(input.write), std::move(input.read)};
}

}  // namespace segue::guest
