#pragma once
// Text with ${{ }} in it, parsed. Plain values; knows no scope and no place in a file: positions are bytes of the text.
//
//   text       = { literal | "$${{" | "${{" or "}}" }                  "$${{" stands for a literal "${{"
//   or         = and { "||" and }
//   and        = comparison { "&&" comparison }
//   comparison = sum [ ( "==" | "!=" | "<" | "<=" | ">" | ">=" ) sum ]
//   sum        = product { ( "+" | "-" ) product }                     "-" has a space on both sides
//   product    = default { ( "*" | "/" | "%" ) default }
//   default    = unary { "??" unary }                                  the right one where the left one is absent
//   unary      = { "!" | "-" } primary { "." name | "[" or "]" | "[*]" }
//   text       = in single or double quotes; \n \r \t \0 \e \\ \' \" \xFF \uFFFF \UFFFFFFFF mean what they do in YAML
//   primary    = number | 'text' | "text" | true | false | null | name "(" [ or { "," or } ] ")" | root | "(" or ")"
//              | "[" [ or { "," or } ] "]" | "{" [ key ":" or { "," key ":" or } ] "}"
//   key        = name | 'text' | "text"
//   root       = ("params" | "vars" | "env" | "workflow" | "run" | "previous") "." name | "item" | "index" | "result"
//              | "attempt"
//              | "stages" "." name "." ( "results" | "result" | "failures" | "outcome" | "tasks" | "succeeded"
//              | "failed" )
//   name       = ( letter | "_" ) { letter | digit | "_" | "-" }
//
// `x[*].y` is the list of the y of every element of x, `x[*].y[*]` that of the elements of all these lists.

#include "expressions/functions.hpp"

#include <ropewalk/value.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

struct Expression;

struct Step {
  enum class Kind : std::uint8_t { member, index, each, computed };
  Kind kind = Kind::member;
  std::string name;  ///< of a member
  std::uint64_t index = 0;
  std::shared_ptr<Expression> computed;  ///< an index or a member's name that is known only when it is evaluated
  bool may_be_absent = false;            ///< a declared field of a result: where the task did not give it, it is null
  std::size_t at = 0, length = 0;
};

enum class Root : std::uint8_t {
  param,
  item,
  index,
  results,
  result,
  failures,
  fact,
  variable,
  env,
  own_result,
  workflow,
  run,
  attempt,
  previous
};
/// Whether it begins with stages.NAME.
constexpr bool is_of_stage(Root root) {
  return root == Root::results || root == Root::result || root == Root::failures || root == Root::fact;
}
enum class StageFact : std::uint8_t { outcome, tasks, succeeded, failed };

struct Expression {
  enum class Kind : std::uint8_t { literal, reference, part, call };
  Kind kind = Kind::reference;
  Value value = {};        ///< of a literal
  Root root = Root::item;  ///< of a reference
  std::string name = {};   ///< of the param, stage, variable, ... that a reference names
  StageFact fact = StageFact::outcome;
  std::uint32_t stage = 0;                ///< set by the planner once it knows the stage
  std::vector<Step> steps = {};           ///< of a reference or a part
  const Function* function = nullptr;     ///< of a call; operators are functions
  std::vector<Expression> operands = {};  ///< of a call; of a part the one whose part it is
  bool grouped = false;                   ///< it stands in parentheses
  bool secret = false;                    ///< of a whole expression: it reads a secret
  bool origin = false;                    ///< a literal that was a plain reference: root and name say to what
  std::string text = {};                  ///< as it was written, for messages; only of a whole expression
  std::size_t at = 0, length = 0;
  std::size_t name_at = 0, name_length = 0;  ///< of `name`, or of the function's

  /// A reference to the thing itself, not to a part of it.
  bool is_plain(Root wanted) const { return kind == Kind::reference && root == wanted && steps.empty(); }
};

/// Calls `visit` for the expression and everything in it.
template <class Visit>
void visit_all(const Expression& expression, const Visit& visit) {
  visit(expression);
  for (const Expression& operand : expression.operands) visit_all(operand, visit);
  for (const Step& step : expression.steps)
    if (step.computed) visit_all(*step.computed, visit);
}

/// A piece is a literal, or an expression.
struct Piece {
  std::string literal;
  std::optional<Expression> expression;
};

struct ExpressionProblem {
  const char* code;
  std::string message;
  std::string fix;
  std::size_t at, length;
};

/// Adjacent literals are one piece. With a problem the pieces are of no use.
struct ParsedText {
  std::vector<Piece> pieces;
  std::vector<ExpressionProblem> problems;

  /// The text is one expression and nothing else, so it keeps its value's type.
  bool is_expression() const { return pieces.size() == 1 && pieces[0].expression; }
  bool is_constant() const { return pieces.empty() || (pieces.size() == 1 && !pieces[0].expression); }
};

ParsedText parse_text(std::string_view text);

}  // namespace ropewalk
