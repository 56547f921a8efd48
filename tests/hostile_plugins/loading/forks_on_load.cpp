// Leaves a child behind in a static constructor: L06. The plugin works, and the child must be killed.

#include "nothing.hpp"

#include <unistd.h>

namespace {
struct Forks {
  Forks() {
    if (fork() != 0) return;
    for (;;) pause();
  }
} forks;
}  // namespace

ROPEWALK_PLUGIN("forks_on_load", "1.0.0", ropewalk::task<Nothing>("nothing"))
