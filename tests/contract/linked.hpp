#pragma once
// Makes a source that ends with ROPEWALK_PLUGIN() a plugin that is linked into the program.

#include <ropewalk/linked_plugin.hpp>

#undef ROPEWALK_PLUGIN
#define ROPEWALK_PLUGIN ROPEWALK_LINKED_PLUGIN
