// Gives itself another name than its file has.

#include "nothing.hpp"

ROPEWALK_PLUGIN("somebody_else", "1.0.0", ropewalk::task<Nothing>("nothing"))
