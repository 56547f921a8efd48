#pragma once
// Values to declared types: int to float; a bool or number to text or bytes; text, paths and bytes to each other, but
// for bytes to text, and for what cannot be one: a path that is not UTF-8 is no text, and NUL is in no path. Durations
// are floats and sizes ints by then. Pure functions; any thread; runs once per varying parameter and task.

#include "workflow/constant.hpp"

#include <ropewalk/value.hpp>

#include <string>
#include <string_view>

namespace ropewalk {

/// "an int", "text", "nothing": to stand behind "this is".
std::string_view kind_phrase(Value::Kind kind);

/// In place. false: `problem` says what came instead, to stand behind "wants an int, but": "this is text". Null is
/// absent and stays null.
bool convert(Value& value, Wanted wanted, std::string& problem);

/// Whether a list that is shared needs no conversion to have such elements, so that it can stay shared.
bool elements_fit(const Value& list, Type element);

/// Whether some value of one type can be converted to the other; any is taken for whatever fits.
bool convertible(Wanted from, Wanted to);

}  // namespace ropewalk
