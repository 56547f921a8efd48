#include "protocol/program_version.hpp"

#include <cstdio>
#include <cstring>

namespace ropewalk {

const char* program_version() { return ROPEWALK_VERSION; }

bool is_of_engines_version(const char* name, const char* engines) {
  if (std::strcmp(engines, ROPEWALK_VERSION) == 0) return true;
  std::fprintf(stderr, "%s is version %s, and the engine that started it is version %s\n", name, ROPEWALK_VERSION,
               engines);
  return false;
}

}  // namespace ropewalk
