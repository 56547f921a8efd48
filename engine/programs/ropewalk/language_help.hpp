#pragma once
// The language of workflows on one screen, for who has only `--help`: a small workflow, and the keys with what the
// reader's tables say of them.

#include <string>

namespace ropewalk::cli {

std::string language_help();

}  // namespace ropewalk::cli
