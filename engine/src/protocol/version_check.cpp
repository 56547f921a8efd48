#include "protocol/version_check.hpp"

#include <ropewalk/version.hpp>

#include <cstdio>
#include <cstring>

namespace ropewalk {

bool is_of_engines_version(const char* name, const char* engines) {
  if (std::strcmp(engines, program_version()) == 0) return true;
  std::fprintf(stderr, "%s is version %s, and the engine that started it is version %s\n", name, program_version(),
               engines);
  return false;
}

}  // namespace ropewalk
