#include "crash_report.hpp"

#include "base/crash_signals.hpp"
#include "live_writer.hpp"

#include <ropewalk/version.hpp>

#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <execinfo.h>
#include <unwind.h>

namespace ropewalk::cli {
namespace {

constexpr std::size_t kStackBytes = 64 << 10;  // a handler on a stack of its own survives an overflow of the other
constexpr int kFrames = 48;

alignas(16) char stack[kStackBytes];

void say(const char* text) { (void)!::write(STDERR_FILENO, text, std::strlen(text)); }

void say_number(std::uintptr_t number, unsigned base) {
  char digits[32];
  char* at = digits + sizeof digits;
  *--at = '\0';
  do *--at = "0123456789abcdef"[number % base];
  while ((number /= base) != 0);
  say(at);
}

struct Frames {
  void* at[kFrames];
  int count = 0;
};

/// Not backtrace(): its first call loads a library, which every start of the program would have to do in advance.
Frames frames_of_this_thread() {
  Frames frames;
  ::_Unwind_Backtrace(
      [](_Unwind_Context* context, void* into) {
        Frames& all = *static_cast<Frames*>(into);
        if (all.count == kFrames) return _URC_END_OF_STACK;
        all.at[all.count++] = reinterpret_cast<void*>(::_Unwind_GetIP(context));
        return _URC_NO_REASON;
      },
      &frames);
  return frames;
}

/// Uses only system calls, and the unwinder, which is linked into this program.
void crashed(int signal, siginfo_t* info, void*) {
  leave_frame_after_crash();
  say("\nropewalk ");
  say(program_version());
  say(": the engine itself crashed: SIG");
  const char* name = ::sigabbrev_np(signal);
  say(name == nullptr ? "?" : name);
  if (info->si_code > 0) {
    say(" at address 0x");
    say_number(reinterpret_cast<std::uintptr_t>(info->si_addr), 16);
  }
  say(", thread ");
  say_number(static_cast<std::uintptr_t>(::syscall(SYS_gettid)), 10);
  say("\nThis is a fault of ropewalk, not of a task or a plugin. Its hosts are being ended. Backtrace:\n");
  const Frames frames = frames_of_this_thread();
  ::backtrace_symbols_fd(frames.at, frames.count, STDERR_FILENO);
  // The default action is set again. The signal is blocked until this returns.
  ::raise(signal);
}

}  // namespace

void report_crashes() {
  stack_t other{};
  other.ss_sp = stack;
  other.ss_size = sizeof stack;
  ::sigaltstack(&other, nullptr);
  struct sigaction action {};
  action.sa_sigaction = crashed;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | static_cast<int>(SA_RESETHAND);
  for (const int signal : kCrashSignals) ::sigaction(signal, &action, nullptr);
}

}  // namespace ropewalk::cli
