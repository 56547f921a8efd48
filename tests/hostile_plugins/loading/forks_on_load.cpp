// Leaves a child behind in a static constructor: L06. It is a plugin that works, and the child must go.

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
