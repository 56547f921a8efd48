#pragma once
// What a fatal signal says of itself, as a line for people: the address and what was done there, where the kernel
// tells. Async-signal-safe.

#include "host/line.hpp"

#include <csignal>
#include <ucontext.h>

namespace ropewalk::host {

/// `overflow`: the address is below the stack. Empty where the signal says nothing beyond its number.
Line describe_fault(const siginfo_t& info, const ucontext_t& context, bool overflow);

}  // namespace ropewalk::host
