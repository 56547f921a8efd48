#pragma once
// Converts values to declared types: int to float; a bool or number to text or bytes; text, paths and bytes to each
// other, except bytes to text. A path that is not UTF-8 does not convert to text, and text with a NUL does not convert
// to a path. Durations are floats and sizes are ints here. Pure functions; any thread; runs once per varying parameter
// and task.

#include "workflow/constant.hpp"

#include <ropewalk/value.hpp>

#include <string>
#include <string_view>

namespace ropewalk {

/// "an int", "text", "nothing": completes "this is".
std::string_view kind_phrase(Value::Kind kind);

/// Converts in place. Returns false and sets `problem` ("this is text"), which completes "wants an int, but". Null
/// means absent and stays null.
bool convert(Value& value, Wanted wanted, std::string& problem);

/// Whether the elements of a shared list need no conversion, so that the list can stay shared.
bool elements_fit(const Value& list, Type element);

/// Whether some value of one type can be converted to the other. `any` can be converted to every type.
bool convertible(Wanted from, Wanted to);

}  // namespace ropewalk
