// Parses any bytes as the text of a value: the result is problems whose places lie in the text, or pieces that are
// evaluated within one budget. Time is not measured: all work must have been charged in steps, and every step takes a
// few nanoseconds.

#include "fuzz/allocations.hpp"
#include "fuzz/input.hpp"
#include "expressions/evaluate.hpp"
#include "expressions/expression.hpp"

#include <ropewalk/value.hpp>

#include <string>

namespace {

using namespace ropewalk;

const Map& params() {
  static const Map kParams = {
      {"n", Value(std::int64_t{3})}, {"t", Value("text")}, {"l", Value(List{Value(1.5), Value(true), Value()})}};
  return kParams;
}

const Value& item() {
  static const Value kItem(
      Map{{"a", Value(List{Value(std::int64_t{1}), Value(Map{{"b", Value("c")}})})}, {"a-b", Value(std::int64_t{-7})}});
  return kItem;
}

// Under a fuzzer, evaluation is twenty times slower, and most inputs are the expensive ones that it has found. The
// rules scale with the budget, so a twentieth of it allows more inputs. The stored inputs are replayed with the full
// budget.
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
constexpr std::uint64_t kShare = 20;
#else
constexpr std::uint64_t kShare = 1;
#endif
constexpr std::uint64_t kMaxSteps = Budget::kMaxSteps / kShare, kMaxBytes = Budget::kMaxBytes / kShare;

/// Allocations reveal uncharged work. The last function that a budget rejects may have begun.
void check_budget(const Budget& budget, const fuzz::Allocations& made) {
  constexpr std::uint64_t kBegun = kMaxSteps / 2;
  fuzz::require(budget.bytes() <= kMaxBytes, "no more is made than the budget allows");
  fuzz::require(made.count <= 2 * budget.steps() + kBegun, "each allocation is paid for");
  fuzz::require(made.bytes <= 8 * kMaxBytes, "memory is allocated in proportion to the budget");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  const ParsedText parsed = parse_text(text);
  for (const ExpressionProblem& problem : parsed.problems) {
    fuzz::require(problem.at <= text.size() && problem.length <= text.size() - problem.at,
                  "a problem lies in the text");
    fuzz::require(!problem.message.empty(), "a problem is explained");
  }
  if (!parsed.problems.empty()) return 0;
  const Map vars = {{"v", Value(List{Value("x"), Value(std::int64_t{-1})})}};
  const Scope scope{.params = params(), .item = &item(), .index = 5, .vars = &vars, .result = &item(), .run_id = "run"};
  Budget budget(kMaxSteps, kMaxBytes);
  const fuzz::Allocations before = fuzz::allocations;
  for (const Piece& piece : parsed.pieces) {
    if (!piece.expression) continue;
    Value value;
    std::string problem, shown;
    if (evaluate(*piece.expression, scope, value, budget, problem))
      append_as_text(shown, value);
    else
      fuzz::require(!problem.empty(), "what cannot be evaluated is explained");
  }
  check_budget(budget, fuzz::allocations - before);
  return 0;
}
