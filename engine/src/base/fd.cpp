#include "base/fd.hpp"

#include <unistd.h>

namespace ropewalk {

void Fd::reset() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

}  // namespace ropewalk
