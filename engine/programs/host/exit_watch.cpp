#include "exit_watch.hpp"

#include "host/leaving.hpp"

#include <dlfcn.h>

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

void ropewalk::host::watch_registrations() {}  // a sanitizer has a __cxa_atexit of its own

#else

extern "C" {
[[gnu::visibility("hidden")]] extern void* __dso_handle;
int __cxa_atexit(void (*function)(void*), void* argument, void* library) noexcept;
int __cxa_thread_atexit(void (*function)(void*), void* argument, void* library) noexcept;
}

namespace {

using Register = int (*)(void (*)(void*), void*, void*);

void note_registration(void* library) {
  if (library != &__dso_handle) ropewalk::host::note_exit_handler();
}

}  // namespace

void ropewalk::host::watch_registrations() { count_exit_handlers(); }

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
