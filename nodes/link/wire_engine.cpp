#include "nodes/link/engine.hpp"
#include "nodes/link/interface_settings.hpp"
#include "nodes/link/wire_client.hpp"
#include "nodes/netlink/interface.hpp"
#include "nodes/netlink/netns.hpp"
#include "nodes/netlink/qdisc.hpp"
#include "nodes/netlink/tap.hpp"

namespace segue::link {
namespace {

// A window of TCP that is cut into packets arrives at a TAP in one go; the kernel's default of 500 would lose some.
constexpr int tap_queue = 5000;

class WireEngine final : public Engine {
 public:
  // Until settle() nobody measures, and what bringing a lab up needs is its cores.
  explicit WireEngine(Fd control) : client_(std::move(control)), spin_(client_.status().spin) {
    client_.set_spin(Delay{0});
  }

  std::string_view name() const override { return "wire"; }

  LinkId connect(const LinkSpec& spec) override {
    const Fd a = open_end(spec.a, spec.mtu);
    const Fd b = open_end(spec.b, spec.mtu);
    const std::uint32_t link = next_++;
    client_.add_link(link, a.get(), b.get(), spec.a_to_b, spec.b_to_a);
    return LinkId{link};
  }

  void disconnect(LinkId link) override { client_.remove_link(number(link)); }
  void change(LinkId link, Direction direction, const Impairments& impairments) override {
    client_.change(number(link), direction, impairments);
  }
  void settle() override {
    client_.set_spin(spin_);
    client_.settle();
  }
  Impairments read_back(LinkId link, Direction direction) override {
    return client_.read_back(number(link), direction);
  }
  LinkCounters counters(LinkId link, Direction direction) override { return client_.counters(number(link), direction); }
  Histogram lateness() override { return client_.lateness(); }
  void reset_lateness() override { client_.reset_lateness(); }
  void attend(bool on) override { client_.attend(on); }
  std::optional<LateEvents> late() override { return client_.late().events(); }
  std::vector<LossEvent> losses() override { return client_.losses(); }
  std::vector<std::string> remarks() override {
    const WireStatus status = client_.status();
    std::vector<std::string> remarks;
    if (!status.realtime) remarks.emplace_back("segue-wire runs without real-time priority (it needs CAP_SYS_NICE)");
    if (!status.memory_locked) remarks.emplace_back("segue-wire's memory is not locked (it needs CAP_IPC_LOCK)");
    return remarks;
  }

 private:
  static std::uint32_t number(LinkId link) { return static_cast<std::uint32_t>(link); }

  static Fd open_end(const End& end, unsigned mtu) {
    Fd tap;
    std::uint32_t index = 0;
    {
      const netlink::Enter inside(end.namespace_fd);
      tap = netlink::open_tap(end.interface);
      set_queue_length(end.interface, tap_queue);
      index = netlink::index_of(end.interface);
    }
    std::vector<netlink::Request> batch;
    if (end.mac != decltype(end.mac){}) batch.push_back(netlink::set_mac(index, {end.mac}));
    if (mtu != 1500) batch.push_back(netlink::set_mtu(index, mtu));
    batch.push_back(netlink::set_noqueue(index));  // it would hold nothing, and takes 120 kB
    batch.push_back(netlink::set_up(index));
    end.socket->perform(batch);
    return tap;
  }

  WireClient client_;
  Delay spin_;
  std::uint32_t next_ = 1;
};

}  // namespace

std::unique_ptr<Engine> make_wire_engine(Fd control) { return std::make_unique<WireEngine>(std::move(control)); }

}  // namespace segue::link
