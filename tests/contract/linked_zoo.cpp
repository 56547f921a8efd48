// The plugin zoo, linked into the test.

#include "contract/linked.hpp"

#include "tests/hostile_plugins/zoo/damage.cpp"
#include "tests/hostile_plugins/zoo/deaths.cpp"
#include "tests/hostile_plugins/zoo/reports.cpp"
#include "tests/hostile_plugins/zoo/zoo.cpp"
