#include "host/debugger_wait.hpp"

#include "base/processes.hpp"

#include <sys/prctl.h>
#include <unistd.h>

#include <ctime>

namespace ropewalk::host {
namespace {

constexpr long kPauseNs = 10'000'000;

}  // namespace

void wait_for_debugger() {
  ::prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
  // The kernel wakes nobody when a debugger attaches.
  const timespec pause{.tv_sec = 0, .tv_nsec = kPauseNs};
  // If the kernel does not say, it must not wait for ever.
  while (tracer_of(::getpid()) == 0) ::nanosleep(&pause, nullptr);
}

}  // namespace ropewalk::host
