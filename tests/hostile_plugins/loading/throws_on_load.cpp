// Throws in a static constructor: L06.

#include "nothing.hpp"

#include <stdexcept>

namespace {
struct Throws {
  Throws() { throw std::runtime_error("the constructor of throws_on_load threw this"); }
} throws;
}  // namespace

ROPEWALK_PLUGIN("throws_on_load", "1.0.0", ropewalk::task<Nothing>("nothing"))
