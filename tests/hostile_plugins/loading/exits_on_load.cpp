// Ends the process with success in a static constructor: L06, W08.

#include "nothing.hpp"

#include <cstdlib>

namespace {
struct Exits {
  Exits() { std::exit(0); }
} exits;
}  // namespace

ROPEWALK_PLUGIN("exits_on_load", "1.0.0", ropewalk::task<Nothing>("nothing"))
