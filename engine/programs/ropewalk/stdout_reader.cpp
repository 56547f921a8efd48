#include "stdout_reader.hpp"

#include "standard_output.hpp"

#include <ropewalk/engine.hpp>

#include <poll.h>
#include <unistd.h>

namespace ropewalk::cli {

StdoutReader::StdoutReader(Engine& engine, Screen& screen)
    : engine_(engine), screen_(screen), terminal_(::isatty(STDOUT_FILENO) == 1) {}

void StdoutReader::leave() {
  if (gone_) return;
  gone_ = true;
  StandardOutput::note_lost_reader();
  screen_.mute();
  engine_.stop(StopLevel::kill);
}

void StdoutReader::tick(std::int64_t) {
  pollfd output{STDOUT_FILENO, 0, 0};
  // A pipe without a reader reports POLLERR, a socket without a peer POLLHUP.
  if (!gone_ && StandardOutput::has_lost_reader()) return leave();
  if (!gone_ && !terminal_ && ::poll(&output, 1, 0) == 1 && (output.revents & (POLLERR | POLLHUP)) != 0) leave();
}

}  // namespace ropewalk::cli
