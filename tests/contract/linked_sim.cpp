// The plugin sim, linked into the test.

#include "contract/linked.hpp"

#include "plugins/sim/computing.cpp"
#include "plugins/sim/failing.cpp"
#include "plugins/sim/sim.cpp"
#include "plugins/sim/waiting.cpp"
