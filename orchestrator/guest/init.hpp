// The guest's side: what a program does as process 1 of the guest before and after its ordinary work.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace segue::guest {

// Whether this process is the init of a guest that run_guests() booted.
bool is_guest_init();

// Makes the guest fit to work in (file systems, console, loopback, random numbers, the output folder), runs `work` in a
// child with the arguments given to run_guests(), collects orphans, reports the exit status to the host and powers off.
// A stop request of the host reaches the child as SIGTERM. Output of the work goes to the console, which is the host's
// callback. Does not return; a failure of its own is said on the console and ends the guest with status 1.
[[noreturn]] void guest_main(const std::function<int(const std::vector<std::string>& arguments)>& work);

}  // namespace segue::guest
