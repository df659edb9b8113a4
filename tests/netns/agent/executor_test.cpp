#include "nodes/agent/executor.hpp"

#include "nodes/base/signals.hpp"
#include "tests/netns/netlink/place.hpp"

using namespace segue;
using netlink::in_child;

namespace {

std::string end_of(const std::string& command) {
  Loop loop;
  agent::Executor executor(loop);
  std::string result;
  executor.run(command, [&](const std::string& end) {
    result = end;
    loop.stop();
  });
  loop.run();
  return result;
}

// A command that is killed, with what it has started, and the end that is told of it.
std::string end_of_killed() {
  Loop loop;
  agent::Executor executor(loop);
  std::string result;
  const auto number = executor.run("tail -f /dev/null | cat", [&](const std::string& end) {
    result = end;
    loop.stop();
  });
  executor.kill(number + 1);  // nobody
  executor.kill(number);
  loop.run();
  executor.kill(number);  // it has ended
  return result;
}

// Containing its children is for good: in a process of its own.
int run_commands() {
  const WatchedSignals watched{SIGINT, SIGTERM};  // as an agent may have inherited them
  if (!end_of("true").empty()) return 1;
  if (end_of("echo out; echo err >&2; exit 3") != "execute \"echo out; echo err >&2; exit 3\": exit status 3: out\nerr")
    return 2;
  if (end_of("kill -KILL $$") != "execute \"kill -KILL $$\": ended by signal 9") return 3;
  // A command that stops what it has begun.
  if (end_of_killed() != "execute \"tail -f /dev/null | cat\": ended by signal 9") return 5;
  return end_of("tail -f /dev/null & kill $!; wait $!; [ $? = 143 ]").empty() ? 0 : 4;
}

}  // namespace

TEST_CASE("a command's end is told, with its last words, and signals reach what it starts") {
  CHECK(in_child(run_commands) == 0);
}
