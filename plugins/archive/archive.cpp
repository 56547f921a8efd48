// The plugin archive.

#include "tasks.hpp"

ROPEWALK_PLUGIN("archive", "1.0.0", ropewalk::task<archive::Compress>("compress"),
                ropewalk::task<archive::Decompress>("decompress"))
