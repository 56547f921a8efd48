#pragma once
// A value inside other text: what becomes of it there. Pure; any thread.

#include "expressions/evaluate.hpp"

#include <ropewalk/value.hpp>

#include <string>

namespace ropewalk::detail {

/// Text with expressions in it becomes such a value byte by byte.
inline bool takes_bytes(Type wanted) { return wanted == Type::path || wanted == Type::bytes; }

/// false: it cannot stand inside text.
inline bool append_piece(std::string& out, const Value& value, Type wanted) {
  if (!takes_bytes(wanted) || value.kind() != Value::Kind::bytes) return append_as_text(out, value);
  out += *value.as_string();
  return true;
}

}  // namespace ropewalk::detail
