// The functions of expressions that convert between types explicitly. Implicit conversions are in convert.cpp.

#include "base/text.hpp"
#include "expressions/convert.hpp"
#include "expressions/evaluate.hpp"
#include "expressions/function_bodies.hpp"
#include "workflow/scalar.hpp"

#include <ropewalk/json.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

namespace ropewalk::detail {

namespace {

std::uint64_t json_bound_of_text(std::string_view text) {
  std::uint64_t bytes = 4;
  for (const char c : text)
    bytes += static_cast<unsigned char>(c) < 0x20 || c == 0x7f                ? 6
             : static_cast<unsigned char>(c) >= 0x80 || c == '"' || c == '\\' ? 2
                                                                              : 1;
  return bytes;
}

/// An upper bound of the bytes that the value has as JSON, with its separator.
std::uint64_t json_bound(const Value& value) {
  if (const std::string* text = value.as_string())
    return json_bound_of_text(*text) + (value.kind() == Value::Kind::text ? 0 : text->size() + 16);
  std::uint64_t bytes = value.kind() == Value::Kind::list || value.as_map() ? 4 : 26;
  value.each_element([&](const Value& element) { bytes += json_bound(element); });
  if (const Map* map = value.as_map())
    for (const auto& [name, member] : *map) bytes += json_bound_of_text(name) + json_bound(member);
  return bytes;
}

}  // namespace

bool append_text(std::string& made, const Value& value, Budget& budget, std::string& problem) {
  if (!append_as_text(made, value))
    return problem = fmt::format("{} cannot be made text; json() can", kind_phrase(value.kind())), false;
  return budget.has_room(made.size(), problem);
}

bool to_int(Operands in, Value& out, Budget& budget, std::string& problem) {
  if (is_text(in[0]) && !budget.spend(text(in[0]).size(), problem)) return false;
  if (in[0].as_int()) return out = *in[0].as_int(), true;
  if (const double* real = in[0].as_float()) {
    if (!(*real >= -9223372036854775808.0 && *real < 9223372036854775808.0)) return problem = kTooLarge, false;
    return out = static_cast<std::int64_t>(*real), true;
  }
  ScalarReading reading = read_scalar(text(in[0]), Type::integer, false);
  if (!reading.value) return problem = reading.problem, false;
  return out = std::move(*reading.value), true;
}
bool to_float(Operands in, Value& out, Budget& budget, std::string& problem) {
  if (is_text(in[0]) && !budget.spend(text(in[0]).size(), problem)) return false;
  if (!is_text(in[0])) return out = number(in[0]), true;
  ScalarReading reading = read_scalar(text(in[0]), Type::real, false);
  if (!reading.value) return problem = reading.problem, false;
  return out = number(*reading.value), true;
}
bool to_text(Operands in, Value& out, Budget& budget, std::string& problem) {
  std::string made;
  if (!append_text(made, in[0], budget, problem)) return false;
  return out = std::move(made), true;
}
bool to_json_text(Operands in, Value& out, Budget& budget, std::string& problem) {
  const std::uint64_t bytes = json_bound(in[0]);
  return budget.scan(bytes, problem) && budget.has_room(bytes, problem) && (out = to_json(in[0]), true);
}

/// Charges for the values that the text may hold, each of which takes some space.
bool parse_json(Operands in, Value& out, Budget& budget, std::string& problem) {
  const std::string& all = text(in[0]);
  if (!budget.scan(all.size(), problem)) return false;
  const auto values = static_cast<std::uint64_t>(
      std::count_if(all.begin(), all.end(), [](char c) { return c == ',' || c == ':' || c == '[' || c == '{'; }));
  if (!budget.spend(values, problem) || !budget.has_room(values * sizeof(Value) + all.size(), problem)) return false;
  std::optional<Value> value = value_from_json(all, problem);
  if (!value) return false;
  return out = std::move(*value), true;
}

/// Accepts whole groups of four characters; the last group may end in '='.
bool from_base64(Operands in, Value& out, Budget& budget, std::string& problem) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string_view rest = text(in[0]);
  if (!budget.scan(rest.size(), problem)) return false;
  const std::size_t size = rest.size(), padding = rest.ends_with("==") ? 2 : rest.ends_with('=') ? 1 : 0;
  std::string made;
  std::uint32_t bits = 0;
  for (std::size_t at = 0; at < size; ++at) {
    const std::size_t digit = at < size - padding ? kDigits.find(rest[at]) : 0;
    if (size % 4 != 0 || digit == std::string_view::npos)
      return problem = fmt::format("this is not base64 from character {} on", (size % 4 != 0 ? size : at) + 1), false;
    bits = bits << 6 | static_cast<std::uint32_t>(digit);
    if (at % 4 != 3) continue;
    for (const int shift : {16, 8, 0}) made += static_cast<char>(bits >> shift & 0xFF);
    bits = 0;
  }
  made.erase(made.size() - std::min(padding, made.size()));
  return out = Value(Bytes{std::move(made)}), true;
}

/// Rounds half away from zero. Without `digits` the result is an int.
bool round_number(Operands in, Value& out, Budget& budget, std::string& problem) {
  if (in.size() == 1) {
    if (in[0].as_int()) return out = *in[0].as_int(), true;
    Value rounded[] = {Value(std::round(*in[0].as_float()))};
    return to_int(rounded, out, budget, problem);
  }
  const std::int64_t digits = *in[1].as_int();
  if (digits < 0 || digits > 15) return problem = fmt::format("it rounds to 0..15 digits, not to {}", digits), false;
  const double scale = std::pow(10.0, static_cast<double>(digits)), scaled = number(in[0]) * scale;
  // A number this large has no such digits.
  return give(out, std::abs(scaled) < 9e15 ? std::round(scaled) / scale : number(in[0]), problem);
}

}  // namespace ropewalk::detail
