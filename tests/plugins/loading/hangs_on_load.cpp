// Never comes back from a static constructor: L06.

#include "nothing.hpp"

#include <unistd.h>

namespace {
struct Hangs {
  Hangs() {
    for (;;) pause();
  }
} hangs;
}  // namespace

ROPEWALK_PLUGIN("hangs_on_load", "1.0.0", ropewalk::task<Nothing>("nothing"))
