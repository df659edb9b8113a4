#include "nodes/link/wire_engine.hpp"
#include "nodes/netlink/interface.hpp"
#include "nodes/netlink/netns.hpp"
#include "nodes/netlink/qdisc.hpp"
#include "nodes/netlink/tap.hpp"

namespace segue::link {
namespace {

// A window of TCP that is cut into packets arrives at a TAP in one go; the kernel's default of 500 would lose some.
constexpr std::uint32_t tap_queue = 5000;

class TapEngine final : public WireEngine {
 public:
  using WireEngine::WireEngine;

  std::string_view name() const override { return "wire"; }

  LinkId connect(const LinkSpec& spec) override {
    const Fd a = open_end(spec.a, spec.mtu);
    const Fd b = open_end(spec.b, spec.mtu);
    const std::uint32_t link = next_++;
    client_.name_link(link, spec.name);
    client_.add_link(link, a.get(), b.get(), spec.a_to_b, spec.b_to_a);
    return LinkId{link};
  }

 private:
  static Fd open_end(const End& end, unsigned mtu) {
    Fd tap;
    std::uint32_t index = 0;
    {
      const netlink::Enter inside(end.namespace_fd);
      tap = netlink::open_tap(end.interface);
      index = netlink::index_of(end.interface);
    }
    std::vector<netlink::Request> batch{netlink::set_queue_length(index, tap_queue)};
    if (end.mac != decltype(end.mac){}) batch.push_back(netlink::set_mac(index, {end.mac}));
    if (mtu != 1500) batch.push_back(netlink::set_mtu(index, mtu));
    batch.push_back(netlink::set_noqueue(index));  // it would hold nothing, and takes 120 kB
    batch.push_back(netlink::set_up(index));
    end.socket->perform(batch);
    return tap;
  }
};

}  // namespace

std::unique_ptr<Engine> make_tap_engine(Fd control) { return std::make_unique<TapEngine>(std::move(control)); }

}  // namespace segue::link
