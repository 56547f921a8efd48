#pragma once
// The signals by which the kernel and the C library end a program that is at fault. Usable in signal handlers.

#include <algorithm>
#include <array>
#include <csignal>

namespace ropewalk {

inline constexpr std::array kCrashSignals = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS};

constexpr bool is_crash_signal(int signal) {
  return std::find(kCrashSignals.begin(), kCrashSignals.end(), signal) != kCrashSignals.end();
}

}  // namespace ropewalk
