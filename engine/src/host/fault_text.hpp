#pragma once
// Describes a fatal signal in one line for people: the address, and the kind of access if the kernel reports it.
// Async-signal-safe.

#include "host/line.hpp"

#include <csignal>
#include <ucontext.h>

namespace ropewalk::host {

/// `overflow`: the address is below the stack. Empty if the signal has no details beyond its number.
Line describe_fault(const siginfo_t& info, const ucontext_t& context, bool overflow);

}  // namespace ropewalk::host
