#pragma once
// A workflow: the document that a user wrote, read and checked for its own form, with the place of every part.
// It knows no plugin; what it means is found by make_plan().

#include <ropewalk/error.hpp>

#include <filesystem>
#include <string>
#include <string_view>

namespace ropewalk {

}  // namespace ropewalk
