// The plugin text.

#include "tasks.hpp"

ROPEWALK_PLUGIN("text", "1.0.0", ropewalk::task<text::Count>("count"), ropewalk::task<text::Merge>("merge"))
