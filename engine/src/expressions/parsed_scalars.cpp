#include "expressions/parsed_scalars.hpp"

#include <memory>

namespace ropewalk {
namespace {

/// Copies of a step share its computed index, which resolving changes.
void unshare(Expression& expression) {
  for (Expression& operand : expression.operands) unshare(operand);
  for (Step& step : expression.steps) {
    if (!step.computed) continue;
    step.computed = std::make_shared<Expression>(*step.computed);
    unshare(*step.computed);
  }
}

}  // namespace

const ParsedText& ParsedScalars::of(const Node& scalar) {
  const auto [found, is_new] = parsed_.try_emplace(&scalar);
  if (is_new) found->second = parse_text(scalar.text);
  return found->second;
}

std::vector<Piece> ParsedScalars::pieces_of(const Node& scalar) {
  if (!has_expression(scalar)) return {Piece{scalar.text, std::nullopt}};
  std::vector<Piece> pieces = of(scalar).pieces;
  for (Piece& piece : pieces)
    if (piece.expression) unshare(*piece.expression);
  return pieces;
}

}  // namespace ropewalk
