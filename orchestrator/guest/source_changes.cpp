#include "orchestrator/guest/source_changes.hpp"

#include <fmt/format.h>

#include <fstream>
#include <iterator>

#include "nodes/base/error.hpp"
#include "nodes/probe/call_headers.hpp"

namespace segue::guest {

namespace {

// In virtual time every reading of the clock by a process takes 256 ns, and the clock has that resolution, so that who
// polls it gets on. The dozen readings between a message and the next one then add up to microseconds a step. Here a
// reading takes 1 ns, and 256 only after as many in a row as no program makes that does not poll; and a timer may be as
// short as it is asked for.
constexpr const char* time_internal = "arch/um/include/linux/time-internal.h";
constexpr const char* time = "arch/um/kernel/time.c";
constexpr const char* reading_cost =
    R"(/* ns; more for who polls: more than 256 readings with nothing but readings between them */
static unsigned long long segue_reading_cost(void)
{
	static unsigned long long last;
	static unsigned int in_a_row;
	unsigned long long cost;

	if (time_travel_time != last)
		in_a_row = 0;
	cost = in_a_row < 256 ? 1 : 256;
	in_a_row++;
	last = time_travel_time + cost;
	return cost;
}

)";

// A host whose processor has AMX takes the registers of a process from whoever traces it as 11,008 bytes or not at all,
// and the guest kernel keeps 2,696, in which all lies that its processes may use: tiles are a matter of permission, and
// it has no call to ask for that. So the host is told of the rest that it is as in a new process.
constexpr const char* registers = "arch/x86/um/os-Linux/registers.c";
constexpr const char* xstate = R"(
/* What the host takes, and how much that is. */
static unsigned long segue_xstate[8192];
static unsigned long segue_xstate_size;

static int segue_get_xstate(int pid, const struct iovec *kept)
{
	struct iovec iov = { segue_xstate, sizeof(segue_xstate) };

	if (ptrace(PTRACE_GETREGSET, pid, NT_X86_XSTATE, &iov) < 0)
		return -1;
	segue_xstate_size = iov.iov_len;
	memcpy(kept->iov_base, segue_xstate, kept->iov_len);
	return 0;
}

static int segue_set_xstate(int pid, const struct iovec *kept)
{
	/* The states that lie in what is kept: x87 to PKRU, and APX; which of them are there says the header, at 512. */
	const unsigned long states = 0x3ffUL | 1UL << 19;
	struct iovec iov = { segue_xstate, segue_xstate_size };

	memset(segue_xstate, 0, segue_xstate_size);
	memcpy(segue_xstate, kept->iov_base, kept->iov_len);
	segue_xstate[512 / sizeof(unsigned long)] &= states;
	return ptrace(PTRACE_SETREGSET, pid, NT_X86_XSTATE, &iov);
}
)";

// A guest's processes are processes of the host that its kernel traces, and ask to be killed with it. One whose parent
// died before it had come to ask was traced by whoever took it over, which knows nothing of that: it stopped for ever.
constexpr const char* process = "arch/um/os-Linux/process.c";
constexpr const char* parent_is_kernel = R"(
	/* The kernel leads its process group. */
	if (getppid() != getpgrp())
		_exit(1);
)";

// Those that it starts to try what the host's ptrace() can do did not ask at all.
constexpr const char* start_up = "arch/um/os-Linux/start_up.c";

// netem marks the copy that it makes of a packet, since that passes it once more and must not be copied again. Nobody
// takes the mark off: on the next link a copy was not copied either. (Before that mark there was none to take off.)
constexpr const char* netem = "net/sched/sch_netem.c";
constexpr const char* is_no_copy = "q->duplicate && skb->tc_depth == 0 &&";
constexpr const char* was_no_copy =
    "({ unsigned int depth = skb->tc_depth; skb->tc_depth = 0; depth == 0; }) && q->duplicate &&";

// Whether netem lost a packet or had no room for it nobody could tell: both are freed without a word, and its counters
// are those of all packets. So packet sockets are shown what it drops, as what leaves, with a mark that says why
// (probe/call_headers.hpp). A capture at a sender then has what its link lost, as it would with a cable.
constexpr const char* show_what_is_dropped = R"(static void segue_show(struct sk_buff *skb, struct Qdisc *sch, u32 why)
{
	skb->mark = why;
	dev_queue_xmit_nit(skb, qdisc_dev(sch));
}

)";
std::string show_with(std::uint32_t mark) { return fmt::format("\t\tsegue_show(skb, sch, {:#x});\n", mark); }

}  // namespace

const std::vector<SourceChange>& source_changes() {
  const auto before = [](const char* text, const std::string& more) { return more + text; };
  const auto after = [](const char* text, const std::string& more) { return text + more; };
  constexpr const char* read = "static u64 timer_read(struct clocksource *cs)\n{\n";
  constexpr const char* supported = "static int have_xstate_support;\n";
  constexpr const char* include = "#include <stdlib.h>\n";
  constexpr const char* asks = "\tprctl(PR_SET_PDEATHSIG, SIGKILL);\n";
  constexpr const char* enqueue = "static int netem_enqueue(struct sk_buff *skb, struct Qdisc *sch,\n";
  constexpr const char* is_lost = "\tif (count == 0) {\n";
  constexpr const char* is_full = "\t\t/* re-link segs, so that qdisc_drop_all() frees them all */\n";
  constexpr const char* is_traced = "\tif (change_sig(SIGWINCH, 0) < 0 ||\n";
  static const std::vector<SourceChange> changes{
      {time_internal, "#define TIMER_MULTIPLIER 256\n", "#define TIMER_MULTIPLIER 1\n"},
      {time_internal, "#define TIMER_MIN_DELTA  500\n", "#define TIMER_MIN_DELTA  1\n"},
      {time, read, before(read, reading_cost)},
      {time, "time_travel_update_time_rel(TIMER_MULTIPLIER);", "time_travel_update_time_rel(segue_reading_cost());"},
      {registers, "ptrace(PTRACE_GETREGSET, pid, NT_X86_XSTATE, &iov) < 0", "segue_get_xstate(pid, &iov) < 0"},
      {registers, "ptrace(PTRACE_GETREGSET, pid, NT_X86_XSTATE, &iov) == 0", "segue_get_xstate(pid, &iov) == 0"},
      {registers, "ptrace(PTRACE_SETREGSET, pid, NT_X86_XSTATE, &iov) < 0", "segue_set_xstate(pid, &iov) < 0"},
      {registers, supported, after(supported, xstate)},
      {registers, include, after(include, "#include <string.h>\n")},
      {process, asks, after(asks, parent_is_kernel)},
      {start_up, is_traced, before(is_traced, "\tos_set_pdeathsig();\n")},
      {netem, is_no_copy, was_no_copy, true},
      {netem, enqueue, before(enqueue, show_what_is_dropped)},
      {netem, is_lost, after(is_lost, show_with(probe::lost_mark))},
      {netem, is_full, before(is_full, show_with(probe::refused_mark))},
  };
  return changes;
}

void apply_source_changes(const std::filesystem::path& tree) {
  for (const auto& change : source_changes()) {
    const auto path = tree / change.file;
    std::ifstream in(path, std::ios::binary);
    std::string text(std::istreambuf_iterator<char>(in), {});
    const auto at = text.find(change.from);
    if (at == text.npos && change.may_lack && !text.empty()) continue;
    if (at == text.npos || text.find(change.from, at + 1) != text.npos) {
      throw Error(
          fmt::format("change {}: the guest kernel is made from Linux 6.12, and this is not its text", path.native()));
    }
    text.replace(at, change.from.size(), change.to);
    if (!(std::ofstream(path, std::ios::binary) << text << std::flush)) throw Error("write " + path.native());
  }
}

}  // namespace segue::guest
