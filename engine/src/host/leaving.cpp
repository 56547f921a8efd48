#include "host/leaving.hpp"

#include "host/language.hpp"
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

namespace ropewalk::host {
namespace {

// Nothing counts handlers, unless the program says so: then there may be some.
std::atomic<bool> watching = false, registered = true;

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

void count_exit_handlers() { registered = false; }

void note_exit_handler() {
  if (watching) registered = true;
}

void watch_exit_handlers() { watching = true; }

void note_destructors_of(const void* inside) {
  Dl_info info{};
  link_map* library = nullptr;
  if (::dladdr1(inside, &info, reinterpret_cast<void**>(&library), RTLD_DL_LINKMAP) == 0 || library == nullptr ||
      has_destructors(*library))
    registered = true;
}

void leave_fork(int code) {
  if (language != nullptr) {
    begin_leaving(code);
    language->leave_fork();
  } else if (registered) {
    leave(code);
  }
  std::fflush(nullptr);
  ::_exit(code);
}

void begin_leaving(int code) {
  exit_code = code;
  if (leaving.exchange(true)) ::_exit(code);
  limit_time();
}

void leave(int code) {
  begin_leaving(code);
  std::exit(code);
}

void limit_closing() {
  exit_code = wire::kExitCloseHangs;
  limit_time();
}

bool is_leaving() { return leaving.load(std::memory_order_relaxed); }

void flush_printed() {
  if (language != nullptr) language->flush();
  if (::ftrylockfile(stdout) != 0) return;
  ::fflush_unlocked(stdout);
  ::funlockfile(stdout);
}

}  // namespace ropewalk::host
