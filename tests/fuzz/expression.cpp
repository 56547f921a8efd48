// Any bytes as the text of a value: problems whose places lie in it, or pieces that can be evaluated.

#include "fuzz/input.hpp"
#include "plan/evaluate.hpp"
#include "plan/expression.hpp"

#include <ropewalk/value.hpp>

#include <string>

namespace {

using namespace ropewalk;

const Map& params() {
  static const Map kParams = {{"n", Value(std::int64_t{3})}, {"t", Value("text")}, {"l", Value(List{Value(1.5), Value(true), Value()})}};
  return kParams;
}

const Value& item() {
  static const Value kItem(Map{{"a", Value(List{Value(std::int64_t{1}), Value(Map{{"b", Value("c")}})})}, {"a-b", Value(std::int64_t{-7})}});
  return kItem;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  const ParsedText parsed = parse_text(text);
  for (const ExpressionProblem& problem : parsed.problems) {
    fuzz::require(problem.at <= text.size() && problem.length <= text.size() - problem.at, "a problem lies in the text");
    fuzz::require(!problem.message.empty(), "a problem is explained");
  }
  if (!parsed.problems.empty()) return 0;
  const Map vars = {{"v", Value(List{Value("x"), Value(std::int64_t{-1})})}};
  const Scope scope{.params = params(), .item = &item(), .index = 5, .vars = &vars, .result = &item(), .run_id = "run"};
  for (const Piece& piece : parsed.pieces) {
    if (!piece.expression) continue;
    Value value;
    std::string problem, shown;
    if (evaluate(*piece.expression, scope, value, problem)) append_as_text(shown, value);
    else fuzz::require(!problem.empty(), "what cannot be evaluated is explained");
  }
  return 0;
}
