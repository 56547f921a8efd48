// Sends a message to the engine in a static constructor, which only its host may do: I08.

#include "nothing.hpp"

#include <sys/socket.h>
#include <unistd.h>

namespace {
struct Speaks {
  Speaks() {
    // A head of the engine's protocol: magic, version, `workers`, no memfd, number, size.
    const struct {
      unsigned magic = 0x4B575052, version = 5, type = 10, in_memfd = 0;
      unsigned long long number = 7, size = 0;
    } message;
    for (int fd = 3; fd < 16; ++fd) (void)!send(fd, &message, sizeof message, MSG_NOSIGNAL | MSG_DONTWAIT);
  }
} speaks;
}  // namespace

ROPEWALK_PLUGIN("speaks_on_load", "1.0.0", ropewalk::task<Nothing>("nothing"))
