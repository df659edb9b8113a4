// Mobile IPv6 with bidirectional tunnelling (RFC 6275, section 11.3.1) over the home agent, for labs that have an anchor
// too: no link switch, movement detection or address configuration takes any time.
#pragma once

namespace segue::test {

constexpr const char* mobile_ipv6_over_home = R"(home = "home"
complete = { uplink = "solicitation", downlink = "update" }
encapsulation = "ip-in-ip"
[[attached]]
at = "home"
route = "tunnel new"
[[attached]]
at = "new"
route = "through tunnel home"
[[attached]]
at = "mobile"
route = "via new"
[[start]]
at = "mobile"
radio = ["leave old", "join new"]
route = "via new"
[[step]]
name = "solicitation"
from = "mobile"
to = "new"
layer = 2
message = "Router Solicitation"
route = "through tunnel home"
[[step]]
name = "update"
from = "mobile"
to = "home"
via = "new"
layer = 3
message = "Binding Update"
delay = "1ms"
route = "tunnel new"
[[step]]
name = "acknowledgement"
from = "home"
to = "mobile"
via = "new"
layer = 3
message = "Binding Acknowledgement"
[[step]]
name = "lifetime"
at = "old"
after = []
wait = "1s"
route = "off"
)";

}  // namespace segue::test
