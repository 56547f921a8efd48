#pragma once
// Text with ${{ }} in it, parsed. Plain values; knows no scope and no place in a file: positions are bytes of the text.
//
//   text       = { literal | "$${{" | "${{" expression "}}" }         "$${{" stands for a literal "${{"
//   expression = root { "." name | "[" digits "]" | "[*]" }
//   root       = "params" "." name | "item" | "index" | "stages" "." name "." ( "results" | "result" )
//   name       = ( letter | "_" ) { letter | digit | "_" | "-" }      so a minus that subtracts has spaces around it
//
// `x[*].y` is the list of the y of every element of x; each further [*] nests a list. What the language has beyond
// this (operators, functions, literals, other roots) is recognised and refused as "not in this version".

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

struct Step {
  enum class Kind { member, index, each };
  Kind kind = Kind::member;
  std::string name;            ///< of a member
  std::uint64_t index = 0;
  bool may_be_absent = false;  ///< a declared field of a result: where the task did not give it, it is null
  std::size_t at = 0, length = 0;
};

struct Expression {
  enum class Root { param, item, index, results, result };
  Root root = Root::item;
  std::string name;         ///< of the param or the stage
  std::uint32_t stage = 0;  ///< set by the planner once it knows the stage
  std::vector<Step> steps;
  std::string text;         ///< as it was written, for messages
  std::size_t at = 0, length = 0;            ///< from the root to the last step
  std::size_t name_at = 0, name_length = 0;  ///< of `name`
};

/// A piece is a literal, or an expression.
struct Piece {
  std::string literal;
  std::optional<Expression> expression;
};

struct ExpressionProblem {
  const char* code;
  std::string message;
  std::string way_out;
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
