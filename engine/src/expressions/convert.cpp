#include "expressions/convert.hpp"

#include "base/text.hpp"
#include "values/value_codec.hpp"
#include "expressions/evaluate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

namespace ropewalk {
namespace {

using Kind = Value::Kind;

bool mismatch(const Value& value, std::string& problem) {
  problem = fmt::format("this is {}", kind_phrase(value.kind()));
  return false;
}

bool to_text(Value& value, std::string& problem) {
  if (value.kind() == Kind::path) {
    if (!is_utf8(*value.as_string())) return problem = "this path is not UTF-8, which text must be", false;
    value.retag(Kind::text);
    return true;
  }
  std::string text;
  if (value.kind() == Kind::bytes || !append_as_text(text, value)) return mismatch(value, problem);
  value = Value(std::move(text));
  return true;
}

/// The value as text. Text and paths keep their bytes.
bool to_bytes(Value& value, std::string& problem) {
  if (value.as_string()) return value.retag(Kind::bytes), true;
  if (!to_text(value, problem)) return false;
  return value.retag(Kind::bytes), true;
}

bool to_path(Value& value, std::string& problem) {
  if (!value.as_string()) return mismatch(value, problem);
  if (value.as_string()->find('\0') != std::string::npos)
    return problem = fmt::format("{} a NUL character, which a path cannot",
                                 value.as_text() ? "this text contains" : "these bytes contain"),
           false;
  return value.retag(Kind::path), true;
}

bool elements(Value& value, Type element, std::string& problem) {
  if (elements_fit(value, element)) return true;
  std::size_t index = 0;
  for (Value& child : *value.as_list()) {
    if (child.is_null()) return problem = fmt::format("its element {} is nothing", index), false;
    if (!convert(child, {element, Type::any}, problem))
      return problem = fmt::format("its element {} does not fit: {}", index, problem), false;
    ++index;
  }
  return true;
}

/// The kind that every value of the type has.
std::optional<Kind> kind_of(Type type) {
  switch (type) {
    case Type::boolean: return Kind::boolean;
    case Type::integer: return Kind::integer;
    case Type::real: return Kind::real;
    case Type::text: return Kind::text;
    case Type::bytes: return Kind::bytes;
    case Type::path: return Kind::path;
    default: return std::nullopt;
  }
}

bool members(Value& value, Type element, std::string& problem) {
  if (element == Type::any) return true;
  for (auto& [key, child] : *value.as_map())
    if (!convert(child, {element, Type::any}, problem))
      return problem = fmt::format("its member '{}' does not fit: {}", escape_for_display(key), problem), false;
  return true;
}

bool convert_seconds(Value& value, std::string& problem) {
  if (const auto* seconds = value.as_int()) value = static_cast<double>(*seconds);
  const double* seconds = value.as_float();
  if (!seconds) return mismatch(value, problem);
  if (!(*seconds >= 0) || *seconds > 9.2e9) return problem = "this number of seconds is negative or too large", false;
  return true;
}

}  // namespace

std::string_view kind_phrase(Kind kind) {
  switch (kind) {
    case Kind::null: return "nothing";
    case Kind::boolean: return "a bool";
    case Kind::integer: return "an int";
    case Kind::real: return "a float";
    case Kind::text: return "text";
    case Kind::bytes: return "bytes";
    case Kind::path: return "a path";
    case Kind::list: return "a list";
    case Kind::map: return "a map";
  }
  return "?";
}

bool elements_fit(const Value& list, Type element) {
  if (element == Type::any) return true;
  const SharedList* shared = list.as_shared_list();
  if (!shared) return false;
  if (shared->is_range()) return element == Type::integer || (element == Type::size && shared->first() >= 0);
  const std::optional<Kind> kind = kind_of(element);
  return kind && std::all_of(shared->list().begin(), shared->list().end(),
                             [&](const Value& each) { return each.kind() == *kind; });
}

bool convert(Value& value, Wanted wanted, std::string& problem) {
  const Kind kind = value.kind();
  if (kind == Kind::null) return true;
  if ((kind == Kind::list || kind == Kind::map) && !(problem = encoding_problem(value)).empty()) return false;
  switch (wanted.type) {
    case Type::any: return true;
    case Type::boolean: return kind == Kind::boolean || mismatch(value, problem);
    case Type::integer: return kind == Kind::integer || mismatch(value, problem);
    case Type::real:
      if (const auto* number = value.as_int()) value = static_cast<double>(*number);
      return value.as_float() || mismatch(value, problem);
    case Type::text: return kind == Kind::text || to_text(value, problem);
    case Type::bytes: return kind == Kind::bytes || to_bytes(value, problem);
    case Type::path: return kind == Kind::path || to_path(value, problem);
    case Type::duration: return convert_seconds(value, problem);
    case Type::size:
      if (kind != Kind::integer) return mismatch(value, problem);
      return *value.as_int() >= 0 || (problem = "this number of bytes is negative", false);
    case Type::list: return kind == Kind::list ? elements(value, wanted.element, problem) : mismatch(value, problem);
    case Type::map: return kind == Kind::map ? members(value, wanted.element, problem) : mismatch(value, problem);
  }
  return false;
}

bool convertible(Wanted from, Wanted to) {
  if (from.type == Type::any || to.type == Type::any) return true;
  const auto is = [&](std::initializer_list<Type> types) {
    return std::find(types.begin(), types.end(), from.type) != types.end();
  };
  switch (to.type) {
    case Type::boolean: return is({Type::boolean});
    case Type::integer:
    case Type::size: return is({Type::integer, Type::size});
    case Type::real:
    case Type::duration: return is({Type::real, Type::duration, Type::integer, Type::size});
    case Type::text: return !is({Type::bytes, Type::list, Type::map});
    case Type::bytes: return !is({Type::list, Type::map});
    case Type::path: return is({Type::path, Type::text, Type::bytes});
    case Type::list:
    case Type::map: return from.type == to.type && convertible({from.element, Type::any}, {to.element, Type::any});
    case Type::any: return true;
  }
  return false;
}

}  // namespace ropewalk
