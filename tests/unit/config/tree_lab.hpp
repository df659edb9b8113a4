// A tree of routers under a gateway: crossovers one, two and three links above the access routers. Every link of it takes
// 2 ms, and the radio 1 ms.
//
//              cn - gw
//             r1       r2
//          r11  r12      r21
//        ar1 ar2  ar3      ar4
#pragma once

namespace segue::test {

constexpr const char* tree_lab = R"([nodes]
mn.role = "mobile"
cn.role = "correspondent"
gw.role = "anchor"
r1.role = "router"
r2.role = "router"
r11.role = "router"
r12.role = "router"
r21.role = "router"
ar1.role = "access-router"
ar2.role = "access-router"
ar3.role = "access-router"
ar4.role = "access-router"
[defaults]
delay = "2ms"
[links]
mn-ar1 = { between = ["mn", "ar1"], delay = "1ms" }
mn-ar2 = { between = ["mn", "ar2"], delay = "1ms" }
mn-ar3 = { between = ["mn", "ar3"], delay = "1ms" }
mn-ar4 = { between = ["mn", "ar4"], delay = "1ms" }
cn-gw = { between = ["cn", "gw"] }
gw-r1 = { between = ["gw", "r1"] }
gw-r2 = { between = ["gw", "r2"] }
r1-r11 = { between = ["r1", "r11"] }
r1-r12 = { between = ["r1", "r12"] }
r2-r21 = { between = ["r2", "r21"] }
r11-ar1 = { between = ["r11", "ar1"] }
r11-ar2 = { between = ["r11", "ar2"] }
r12-ar3 = { between = ["r12", "ar3"] }
r21-ar4 = { between = ["r21", "ar4"] }
)";

// As Cellular IP does it with one radio and no delay at the routers: a route update from the new router to where the
// ways part, hop by hop, and entries of the old way that time out.
constexpr const char* hard_handoff = R"(complete = "update"
[[attached]]
along = ["anchor", "new"]
route = "via next"
last = { route = "through" }
[[attached]]
at = "mobile"
route = "via new"
[[start]]
at = "mobile"
radio = ["leave old", "join new"]
route = "via new"
[[step]]
name = "update"
from = "mobile"
to = "crossover"
via = "new"
layer = 3
message = "route update"
hop-by-hop = true
route = "via previous"
[[step]]
name = "time-out"
along = ["crossover", "old"]
after = []
wait = "300ms"
first = {}
route = "none"
)";

}  // namespace segue::test
