// The plugin file.

#include "tasks.hpp"

ROPEWALK_PLUGIN("file", "1.0.0", ropewalk::task<file::Checksum>("checksum"), ropewalk::task<file::Write>("write"),
                ropewalk::task<file::Stat>("stat"))
