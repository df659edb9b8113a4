#include "orchestrator/guest/launch.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <boost/process.hpp>
#include <boost/process/extend.hpp>
#include <csignal>
#include <cstddef>
#include <fstream>

#include "nodes/base/error.hpp"
#include "orchestrator/guest/orders.hpp"

namespace segue::guest {

namespace {

namespace fs = std::filesystem;
namespace bp = boost::process;

// More than any guest says between two turns of our loop. When the pipe is full the writer waits, and while it waits
// the guest's time moves on: how far would depend on the host.
constexpr int console_capacity = 1 << 20;

// UML fills its random pool with the host's getrandom() and knows no option against it; where the call does not exist
// it goes on without. The guest's own programs are not affected: their system calls are answered by the guest. A filter
// brings mitigations against speculation along unless told not to; on some processors they make every switch dear.
void hide_host_random() {
  std::array filter{
      sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getrandom, 0, 1),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
      ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program) < 0)
    ::_exit(127);
}

struct ChildSide {
  int input;
  int output;
  pid_t parent;

  // Between fork and exec: nothing here may allocate, and a failure must end the child.
  void operator()() const {
    // A session of its own keeps the terminal's Ctrl-C from the kernel, which would die of it at once.
    ::setsid();
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || ::getppid() != parent) ::_exit(127);
    if (::dup2(input, 0) < 0 || ::dup2(output, 1) < 0 || ::dup2(output, 2) < 0) ::_exit(127);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    // Where the host puts the kernel's heap decides how much memory the guest believes to have, and so its limits.
    ::personality(ADDR_NO_RANDOMIZE);
    hide_host_random();
  }
};

std::array<Fd, 2> make_pipe() {
  std::array<int, 2> ends{};
  check(::pipe2(ends.data(), O_CLOEXEC), "make a pipe for the guest's console");
  return {Fd(ends[0]), Fd(ends[1])};
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
  const fs::path file = scratch / orders_name;
  std::ofstream stream(file, std::ios::binary);
  if (!(stream << encode(orders) << std::flush)) throw Error("write the guest's orders to " + file.native());
  fs::create_symlink(fs::canonical(options.init), scratch / init_name);
}

}  // namespace

Launched launch(const GuestOptions& options, const fs::path& scratch) {
  auto [input_reader, input_writer] = make_pipe();
  auto [output_reader, output_writer] = make_pipe();
  ::fcntl(output_reader.get(), F_SETPIPE_SZ, console_capacity);  // refused to users over their quota; then smaller
  check(::fcntl(output_reader.get(), F_SETFL, O_NONBLOCK), "make the guest's console non-blocking");

  bp::environment environment;
  environment["HOME"] = scratch.native();
  environment["PATH"] = "/usr/bin:/bin";
  environment["TMPDIR"] = memory_folder(memory_bytes(options.memory), scratch).native();
  fill_scratch(options, scratch);
  const ChildSide side{input_reader.get(), output_writer.get(), ::getpid()};
  std::error_code error;
  bp::child child(
      fs::absolute(options.kernel).native(), bp::args(kernel_arguments(options)), environment, error,
      bp::start_dir(scratch.native()), bp::extend::on_exec_setup = [&side](auto&) { side(); });
  if (error) throw MachineError(fmt::format("start the guest kernel {}: {}", options.kernel.native(), error.message()));
  Launched launched{child.id(), {}, std::move(output_reader), std::move(input_writer), std::move(input_reader)};
  child.detach();
  launched.pidfd = Fd(static_cast<int>(check(::syscall(SYS_pidfd_open, launched.pid, 0), "watch the guest's process")));
  return launched;
}

}  // namespace segue::guest
