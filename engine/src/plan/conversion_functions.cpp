// What the functions of expressions that make one type of another do: those that are written out. What becomes another
// type by itself is in convert.cpp.

#include "base/text.hpp"
#include "plan/convert.hpp"
#include "plan/evaluate.hpp"
#include "plan/function_bodies.hpp"
#include "workflow/scalar.hpp"

#include <fmt/format.h>

#include <cmath>

namespace ropewalk::detail {

bool append_text(std::string& made, const Value& value, std::string& problem) {
  if (!append_as_text(made, value)) return problem = fmt::format("{} cannot be made text; json() can", kind_phrase(value.kind())), false;
  if (made.size() > kMostText) return problem = fmt::format("the text would be larger than {}", size_text(kMostText)), false;
  return true;
}

bool to_int(Operands in, Value& out, std::string& problem) {
  if (in[0].as_int()) return out = *in[0].as_int(), true;
  if (const double* real = in[0].as_float()) {
    if (!(*real >= -9223372036854775808.0 && *real < 9223372036854775808.0)) return problem = kTooLarge, false;
    return out = static_cast<std::int64_t>(*real), true;
  }
  ScalarReading reading = read_scalar(text(in[0]), Type::integer, false);
  if (!reading.value) return problem = reading.problem, false;
  return out = std::move(*reading.value), true;
}
bool to_float(Operands in, Value& out, std::string& problem) {
  if (!is_text(in[0])) return out = number(in[0]), true;
  ScalarReading reading = read_scalar(text(in[0]), Type::real, false);
  if (!reading.value) return problem = reading.problem, false;
  return out = number(*reading.value), true;
}
bool to_text(Operands in, Value& out, std::string& problem) {
  std::string made;
  if (!append_text(made, in[0], problem)) return false;
  return out = std::move(made), true;
}
bool to_json_text(Operands in, Value& out, std::string&) { return out = to_json(in[0]), true; }

/// Half away from zero. Without digits an int.
bool round_number(Operands in, Value& out, std::string& problem) {
  if (in.size() == 1) {
    if (in[0].as_int()) return out = *in[0].as_int(), true;
    Value rounded[] = {Value(std::round(*in[0].as_float()))};
    return to_int(rounded, out, problem);
  }
  const std::int64_t digits = *in[1].as_int();
  if (digits < 0 || digits > 15) return problem = fmt::format("it rounds to 0..15 digits, not to {}", digits), false;
  const double scale = std::pow(10.0, static_cast<double>(digits)), scaled = number(in[0]) * scale;
  // A number this large has no such digits.
  return give(out, std::abs(scaled) < 9e15 ? std::round(scaled) / scale : number(in[0]), problem);
}

}  // namespace ropewalk::detail
