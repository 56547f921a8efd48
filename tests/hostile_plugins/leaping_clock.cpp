// Imitates a machine whose wall clock is set repeatedly. Preloaded, it moves CLOCK_REALTIME by an hour, forward and
// back, at every reading. The monotonic clocks are unchanged.

#include <ctime>
#include <dlfcn.h>
#include <sys/time.h>

namespace {

time_t leap() {
  static thread_local bool ahead = false;
  ahead = !ahead;
  return ahead ? 3600 : -3600;
}

}  // namespace

extern "C" int clock_gettime(clockid_t clock, timespec* now) noexcept {
  using Function = int (*)(clockid_t, timespec*);
  static const auto real = reinterpret_cast<Function>(::dlsym(RTLD_NEXT, "clock_gettime"));
  const int result = real(clock, now);
  if (clock == CLOCK_REALTIME && result == 0) now->tv_sec += leap();
  return result;
}

extern "C" int gettimeofday(timeval* now, void*) noexcept {
  timespec exact{};
  const int result = ::clock_gettime(CLOCK_REALTIME, &exact);
  *now = {.tv_sec = exact.tv_sec, .tv_usec = exact.tv_nsec / 1000};
  return result;
}

extern "C" time_t time(time_t* into) noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  if (into != nullptr) *into = now.tv_sec;
  return now.tv_sec;
}
