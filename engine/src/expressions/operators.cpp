// The operators of expressions, and the order and equality of values.

#include "expressions/convert.hpp"
#include "expressions/function_bodies.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace ropewalk {
namespace detail {
namespace {

template <class OfInts, class OfFloats>
bool arithmetic(Operands in, Value& out, std::string& problem, OfInts of_ints, OfFloats of_floats) {
  if (!in[0].as_int() || !in[1].as_int()) return give(out, of_floats(number(in[0]), number(in[1])), problem);
  std::int64_t result = 0;
  if (of_ints(*in[0].as_int(), *in[1].as_int(), &result)) return problem = kTooLarge, false;
  return out = result, true;
}

}  // namespace

bool add(Operands in, Value& out, Budget&, std::string& problem) {
  return arithmetic(
      in, out, problem, [](auto a, auto b, auto* c) { return __builtin_add_overflow(a, b, c); },
      [](double a, double b) { return a + b; });
}
bool subtract(Operands in, Value& out, Budget&, std::string& problem) {
  return arithmetic(
      in, out, problem, [](auto a, auto b, auto* c) { return __builtin_sub_overflow(a, b, c); },
      [](double a, double b) { return a - b; });
}
bool multiply(Operands in, Value& out, Budget&, std::string& problem) {
  return arithmetic(
      in, out, problem, [](auto a, auto b, auto* c) { return __builtin_mul_overflow(a, b, c); },
      [](double a, double b) { return a * b; });
}
bool divide(Operands in, Value& out, Budget&, std::string& problem) {
  if (number(in[1]) == 0) return problem = "this is a division by zero", false;
  return give(out, number(in[0]) / number(in[1]), problem);
}
/// The remainder has the sign of the divisor, so that `index % 3` is a number below 3 for any index.
bool remainder(Operands in, Value& out, Budget&, std::string& problem) {
  if (number(in[1]) == 0) return problem = "this is a division by zero", false;
  if (in[0].as_int() && in[1].as_int()) {
    const std::int64_t divisor = *in[1].as_int();
    std::int64_t rest = divisor == -1 ? 0 : *in[0].as_int() % divisor;
    if (rest != 0 && (rest < 0) != (divisor < 0)) rest += divisor;
    return out = rest, true;
  }
  double rest = std::fmod(number(in[0]), number(in[1]));
  if (rest != 0 && (rest < 0) != (number(in[1]) < 0)) rest += number(in[1]);
  return give(out, rest, problem);
}
bool negate(Operands in, Value& out, Budget&, std::string& problem) {
  if (in[0].as_float()) return out = -*in[0].as_float(), true;
  if (*in[0].as_int() == std::numeric_limits<std::int64_t>::min()) return problem = kTooLarge, false;
  return out = -*in[0].as_int(), true;
}
bool invert(Operands in, Value& out, Budget&, std::string&) { return out = !*in[0].as_bool(), true; }

bool give(Value& out, double value, std::string& problem) {
  if (!std::isfinite(value)) return problem = "the result is no finite number", false;
  return out = value, true;
}

std::optional<int> order_of(const Value& a, const Value& b) {
  if (a.as_int() && b.as_int()) return *a.as_int() < *b.as_int() ? -1 : *a.as_int() > *b.as_int();
  if ((a.as_int() || a.as_float()) && (b.as_int() || b.as_float()))
    return number(a) < number(b) ? -1 : number(a) > number(b);
  if (is_text(a) && is_text(b)) return text(a) < text(b) ? -1 : text(a) > text(b);
  return std::nullopt;
}

bool not_comparable(const Value& a, const Value& b, std::string& problem) {
  problem = fmt::format("{} and {} cannot be compared", kind_phrase(a.kind()), kind_phrase(b.kind()));
  return false;
}

namespace {

/// Charges the size of the smaller value, because the comparison reads no more of either.
bool compared(Operands in, Budget& budget, std::string& problem) {
  if (in[0].as_int() || in[1].as_int()) return true;
  return budget.spend(std::min(extent(in[0]), extent(in[1])) / sizeof(Value) + 1, problem);
}

template <class Holds>
bool compare(Operands in, Value& out, Budget& budget, std::string& problem, Holds holds) {
  if (!compared(in, budget, problem)) return false;
  const std::optional<int> order = order_of(in[0], in[1]);
  if (!order) return not_comparable(in[0], in[1], problem);
  return out = holds(*order), true;
}

}  // namespace

bool less(Operands in, Value& out, Budget& budget, std::string& problem) {
  return compare(in, out, budget, problem, [](int order) { return order < 0; });
}
bool at_most(Operands in, Value& out, Budget& budget, std::string& problem) {
  return compare(in, out, budget, problem, [](int order) { return order <= 0; });
}
bool greater(Operands in, Value& out, Budget& budget, std::string& problem) {
  return compare(in, out, budget, problem, [](int order) { return order > 0; });
}
bool at_least(Operands in, Value& out, Budget& budget, std::string& problem) {
  return compare(in, out, budget, problem, [](int order) { return order >= 0; });
}

bool equal(Operands in, Value& out, Budget& budget, std::string& problem) {
  if (!compared(in, budget, problem)) return false;
  bool comparable = true;
  const bool same = same_value(in[0], in[1], comparable);
  if (!comparable) return not_comparable(in[0], in[1], problem);
  return out = same, true;
}
bool unequal(Operands in, Value& out, Budget& budget, std::string& problem) {
  if (!equal(in, out, budget, problem)) return false;
  return out = !*out.as_bool(), true;
}

}  // namespace detail

bool same_value(const Value& a, const Value& b, bool& comparable) {
  if (a.is_null() || b.is_null()) return a.is_null() && b.is_null();
  if (const std::optional<int> order = detail::order_of(a, b)) return *order == 0;
  comparable = comparable && a.kind() == b.kind();
  return a.kind() == b.kind() && a == b;
}

}  // namespace ropewalk
