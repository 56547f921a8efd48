#include <ropewalk/version.hpp>

namespace ropewalk {

const char* program_version() { return ROPEWALK_VERSION; }

}  // namespace ropewalk
