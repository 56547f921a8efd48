#include "host/debugger_wait.hpp"

#include <sys/prctl.h>

#include <ctime>
#include <fstream>
#include <string>

namespace ropewalk::host {
namespace {

constexpr long kPauseNs = 10'000'000;

/// Whether the kernel says that another process traces this one.
bool is_traced() {
  std::ifstream status("/proc/self/status");
  for (std::string name, value; status >> name; std::getline(status, value))
    if (name == "TracerPid:") return status >> value && value != "0";
  return true;  // it cannot be known: do not wait for ever
}

}  // namespace

void wait_for_debugger() {
  ::prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
  // The kernel wakes nobody when a debugger attaches.
  const timespec pause{.tv_sec = 0, .tv_nsec = kPauseNs};
  while (!is_traced()) ::nanosleep(&pause, nullptr);
}

}  // namespace ropewalk::host
