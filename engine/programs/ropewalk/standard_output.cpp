#include "standard_output.hpp"

#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace ropewalk::cli {
namespace {

std::atomic<bool> lost_reader = false;  // of the process's one standard output

}  // namespace

StandardOutput::StandardOutput() : sink_(STDOUT_FILENO) {}

bool StandardOutput::write(std::string_view bytes) {
  if (sink_.write(bytes)) return true;
  if (sink_.error() == EPIPE) note_lost_reader();
  return false;
}

int StandardOutput::error() const { return sink_.error() == EPIPE ? 0 : sink_.error(); }

bool StandardOutput::has_lost_reader() { return lost_reader; }
void StandardOutput::note_lost_reader() { lost_reader = true; }

}  // namespace ropewalk::cli
