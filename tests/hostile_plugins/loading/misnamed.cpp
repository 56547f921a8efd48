// Declares a name that differs from its file's.

#include "nothing.hpp"

ROPEWALK_PLUGIN("somebody_else", "1.0.0", ropewalk::task<Nothing>("nothing"))
