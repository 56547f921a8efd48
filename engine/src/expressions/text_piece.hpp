#pragma once
// How a value appears inside other text. Pure; any thread.

#include "expressions/evaluate.hpp"

#include <ropewalk/value.hpp>

#include <string>

namespace ropewalk::detail {

/// Whether text with expressions is assembled as bytes when that type is wanted.
inline bool takes_bytes(Type wanted) { return wanted == Type::path || wanted == Type::bytes; }

/// Returns false if the value has no text form.
inline bool append_piece(std::string& out, const Value& value, Type wanted) {
  if (!takes_bytes(wanted) || value.kind() != Value::Kind::bytes) return append_as_text(out, value);
  out += *value.as_string();
  return true;
}

}  // namespace ropewalk::detail
