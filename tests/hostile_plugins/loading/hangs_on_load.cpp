// Never returns from a static constructor: L06. Reports that it is there with the file named by ROPEWALK_TEST_MARK.

#include "nothing.hpp"

#include <cstdlib>
#include <fcntl.h>
#include <unistd.h>

namespace {
struct Hangs {
  Hangs() {
    if (const char* mark = std::getenv("ROPEWALK_TEST_MARK"))
      ::close(::open(mark, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    for (;;) pause();
  }
} hangs;
}  // namespace

ROPEWALK_PLUGIN("hangs_on_load", "1.0.0", ropewalk::task<Nothing>("nothing"))
