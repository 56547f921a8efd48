#include "host/leaving.hpp"

#include "protocol/host_messages.hpp"

#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>

// At the exit of the host its leaks are nobody's fault, and there is nothing to wait for.
#if defined(__SANITIZE_ADDRESS__)
extern "C" int __lsan_is_turned_off();
extern "C" int __lsan_is_turned_off() { return 1; }
#endif
#if defined(__SANITIZE_THREAD__)
extern "C" const char* __tsan_default_options();
extern "C" const char* __tsan_default_options() { return "atexit_sleep_ms=0"; }
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kCounts = false;  // a sanitizer has a __cxa_atexit of its own
#else
constexpr bool kCounts = true;
extern "C" {
[[gnu::visibility("hidden")]] extern void* __dso_handle;
int __cxa_atexit(void (*function)(void*), void* argument, void* library) noexcept;
int __cxa_thread_atexit(void (*function)(void*), void* argument, void* library) noexcept;
}
#endif

namespace ropewalk::host {
namespace {

std::atomic<bool> watching = false, registered = !kCounts;

constexpr time_t kLongest_s = 2;  // less than the warden waits for the last hosts of a run
static_assert(kCloseNs == kLongest_s * 1'000'000'000);

std::atomic<bool> leaving = false;
std::atomic<int> exit_code = 0;

void on_timeout(int) { ::_exit(exit_code); }

/// A handler that hangs ends with the process. SIGALRM is free: alarms that tasks have set are over with them.
void limit_time() {
  struct sigaction action {};
  action.sa_handler = on_timeout;
  ::sigemptyset(&action.sa_mask);
  ::sigaction(SIGALRM, &action, nullptr);
  sigset_t alarm;
  ::sigemptyset(&alarm);
  ::sigaddset(&alarm, SIGALRM);
  ::pthread_sigmask(SIG_UNBLOCK, &alarm, nullptr);
  itimerval timer{};
  timer.it_value.tv_sec = kLongest_s;
  ::setitimer(ITIMER_REAL, &timer, nullptr);
}

/// Whether a library has more destructors than the one that every C++ library has, which runs what was registered: a
/// plugin that is built with --coverage writes its counters in one.
bool has_destructors(const link_map& library) {
  for (const ElfW(Dyn)* entry = library.l_ld; entry != nullptr && entry->d_tag != DT_NULL; ++entry)
    if (entry->d_tag == DT_FINI_ARRAYSZ) return entry->d_un.d_val > sizeof(void*);
  return false;
}

}  // namespace

void watch_exit_handlers() { watching = true; }

void note_destructors_of(const void* inside) {
  Dl_info info{};
  link_map* library = nullptr;
  if (::dladdr1(inside, &info, reinterpret_cast<void**>(&library), RTLD_DL_LINKMAP) == 0 || library == nullptr ||
      has_destructors(*library))
    registered = true;
}

void leave_fork(int code) {
  if (registered) leave(code);
  std::fflush(nullptr);
  ::_exit(code);
}

void leave(int code) {
  exit_code = code;
  if (leaving.exchange(true)) ::_exit(code);
  limit_time();
  std::exit(code);
}

void limit_closing() {
  exit_code = wire::kExitCloseHangs;
  limit_time();
}

bool is_leaving() { return leaving.load(std::memory_order_relaxed); }

void flush_printed() {
  if (::ftrylockfile(stdout) != 0) return;
  ::fflush_unlocked(stdout);
  ::funlockfile(stdout);
}

}  // namespace ropewalk::host

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
namespace {

using Register = int (*)(void (*)(void*), void*, void*);

void note_registration(void* library) {
  if (ropewalk::host::watching && library != &__dso_handle) ropewalk::host::registered = true;
}

}  // namespace

// In place of the C library's, for the host and all that it loads: atexit() and destructors of static and of
// thread-local objects come here.
extern "C" int __cxa_atexit(void (*function)(void*), void* argument, void* library) noexcept {
  static const auto next = reinterpret_cast<Register>(::dlsym(RTLD_NEXT, "__cxa_atexit"));
  note_registration(library);
  return next(function, argument, library);
}
extern "C" int __cxa_thread_atexit(void (*function)(void*), void* argument, void* library) noexcept {
  static const auto next = reinterpret_cast<Register>(::dlsym(RTLD_NEXT, "__cxa_thread_atexit"));
  note_registration(library);
  return next(function, argument, library);
}
#endif
