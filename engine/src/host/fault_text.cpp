#include "host/fault_text.hpp"

#include <unistd.h>

#include <cstdint>

namespace ropewalk::host {
namespace {

constexpr std::uintptr_t kNearNull = 1 << 16;  // a member of an object at a null pointer

std::string_view access(const ucontext_t& context) {
#if defined(__x86_64__)
  constexpr greg_t kWrite = 1 << 1, kFetch = 1 << 4;  // of the page fault's error code
  const greg_t code = context.uc_mcontext.gregs[REG_ERR];
  return code & kFetch ? "called" : code & kWrite ? "wrote to" : "read";
#else
  (void)context;
  return "touched";
#endif
}

void describe_memory(Line& line, const siginfo_t& info, const ucontext_t& context, bool overflow) {
  // The processor does not report a non-canonical address.
  if (info.si_signo == SIGSEGV && info.si_code == SI_KERNEL) {
    line.text("used an address that cannot exist (a damaged pointer)");
    return;
  }
  const auto address = reinterpret_cast<std::uintptr_t>(info.si_addr);
  line.text(access(context)).text(" address ").hex(address);
  if (overflow)
    line.text(" (the end of the stack: stack overflow)");
  else if (address == 0)
    line.text(" (a null pointer)");
  else if (info.si_signo == SIGSEGV && address < kNearNull)
    line.text(" (a null pointer and an offset)");
  else if (info.si_signo == SIGBUS && info.si_code == BUS_ADRALN)
    line.text(" (not aligned)");
  else if (info.si_signo == SIGBUS)
    line.text(" (beyond the end of its file, or no memory for it)");
  else if (info.si_code == SEGV_MAPERR)
    line.text(" (nothing is mapped there)");
  else if (info.si_code == SEGV_ACCERR)
    line.text(" (its mapping does not allow that)");
}

}  // namespace

Line describe_fault(const siginfo_t& info, const ucontext_t& context, bool overflow) {
  Line line;
  if (info.si_code <= 0) {
    if (info.si_code == SI_USER && info.si_pid != ::getpid())
      line.text("the signal was sent by process ").number(static_cast<std::uint64_t>(info.si_pid));
    return line;
  }
  const auto address = reinterpret_cast<std::uintptr_t>(info.si_addr);
  switch (info.si_signo) {
    case SIGSEGV:
    case SIGBUS: describe_memory(line, info, context, overflow); break;
    case SIGFPE:
      line.text(info.si_code == FPE_INTDIV ? "an integer division by zero, or one that overflows"
                                           : "an arithmetic fault")
          .text(" at address ")
          .hex(address);
      break;
    case SIGILL: line.text("no valid instruction at address ").hex(address); break;
    case SIGSYS:
      line.text("system call ").number(static_cast<std::uint64_t>(info.si_syscall)).text(" is forbidden here");
      break;
    default: break;
  }
  return line;
}

}  // namespace ropewalk::host
