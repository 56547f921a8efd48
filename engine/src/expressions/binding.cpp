#include "expressions/binding.hpp"

#include "base/text.hpp"
#include "expressions/convert.hpp"
#include "expressions/evaluate.hpp"
#include "expressions/parsed_scalars.hpp"
#include "expressions/stage_vars.hpp"
#include "expressions/text_piece.hpp"
#include "workflow/scalar.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace ropewalk {

using detail::append_piece;
using detail::takes_bytes;

namespace {

/// `params: {t: 30s}` declares text. Explains how to declare a duration or a size instead.
std::string way_to_declare(const Expression& expression, Type wanted) {
  if (expression.root != Root::param || !(expression.origin || expression.is_plain(Root::param))) return {};
  if (wanted != Type::duration && wanted != Type::size) return {};
  return fmt::format("declare the param with its type: {}: {{type: {}, default: {}}}", expression.name,
                     type_name(wanted), wanted == Type::size ? "64MiB" : "30s");
}

}  // namespace

std::optional<Binding> Binding::compile(const Node& node, Wanted wanted, std::string_view what,
                                        const ResolveContext& names) {
  if (node.is_refused()) return std::nullopt;
  if (node.is_scalar()) return of_scalar(node, wanted, what, names);
  const Type type = node.is_list() ? Type::list : Type::map;
  if (node.kind == Node::Kind::empty || (wanted.type != Type::any && wanted.type != type)) {
    report_wrong_form(names.source(), node, type_phrase(wanted.type), what, names.diagnostics);
    return std::nullopt;
  }
  return of_children(node, wanted, what, names);
}

std::optional<Value> Binding::known(const Node& node, Wanted wanted, std::string_view what,
                                    const ResolveContext& names) {
  auto binding = compile(node, wanted, what, names);
  if (!binding || binding->unknown_) return std::nullopt;
  if (binding->is_constant()) return std::move(binding->constant_);
  names.diagnostics.add(codes::kNoValue, place_of(names.source(), node),
                        fmt::format("{} must be known before the run, so it can read params only", what));
  return std::nullopt;
}

std::optional<Binding> Binding::of_scalar(const Node& node, Wanted wanted, std::string_view what,
                                          const ResolveContext& names) {
  // Each stage resolves its own copy of the defaults.
  constexpr std::size_t kStepsOfAByte = 4;
  if (!has_expression(node)) return of_plain(node, wanted, what, names);
  if (names.budget.is_spent()) return std::nullopt;
  if (std::string problem; !names.budget.spend(kStepsOfAByte * node.text.size(), problem))
    return report_costs(names.budget, names.diagnostics, place_of(names.source(), node), what, problem), std::nullopt;
  const ParsedText& text = names.parsed.of(node);
  if (!text.problems.empty()) return report_problems(text, node, names), std::nullopt;
  if (text.is_constant()) {
    Node plain = node;
    if (!text.pieces.empty()) plain.text = text.pieces[0].literal;
    return of_plain(plain, wanted, what, names);
  }
  Binding binding;
  binding.wanted_ = wanted;
  binding.secret_ = names.secret;
  const auto wrong = [&](const Expression& expression, std::string message, std::string fix = {}) {
    names.diagnostics.add(codes::kWrongType, place_in(names.source(), node, expression.at, expression.length),
                          std::move(message),
                          fix.empty() ? std::vector<std::string>{} : std::vector<std::string>{std::move(fix)});
    return std::nullopt;
  };
  const bool alone = text.is_expression();
  if (!alone && !convertible({Type::text, Type::any}, wanted))
    return wrong(
        *std::find_if(text.pieces.begin(), text.pieces.end(),
                      [](const Piece& piece) { return piece.expression.has_value(); })
             ->expression,
        fmt::format("{} wants {}, but an expression inside other text makes text", what, type_phrase(wanted.type)),
        "let the value be the ${{ }} alone");
  std::vector<Piece> pieces = names.parsed.pieces_of(node);
  for (Piece& piece : pieces) {
    if (!piece.expression) continue;
    const auto shape = resolve(*piece.expression, node, names);
    if (!shape) return std::nullopt;
    const Wanted target = alone ? wanted : Wanted{takes_bytes(wanted.type) ? Type::bytes : Type::text, Type::any};
    if (!convertible(shape->is, target))
      return alone ? wrong(*piece.expression,
                           fmt::format("{} wants {}, but this is {}{}", what, type_phrase(wanted.type),
                                       type_phrase(shape->is.type),
                                       shape->is.type == wanted.type
                                           ? fmt::format(" whose elements are {}", type_phrase(shape->is.element))
                                           : ""),
                           way_to_declare(*piece.expression, wanted.type))
                   : wrong(*piece.expression, fmt::format("{} cannot stand inside text", type_phrase(shape->is.type)));
    if (alone) binding.shape_ = *shape;
    binding.note(*piece.expression, names);
  }
  binding.kind_ = alone ? Kind::expression : Kind::text;
  if (alone && (wanted.type == Type::integer || wanted.type == Type::any)) {
    const Expression& expression = *pieces.front().expression;
    if (expression.is_plain(Root::index)) binding.number_ = Number::index;
    if (expression.is_plain(Root::item)) binding.number_ = Number::item;
  }
  if (!alone) binding.shape_.is = {takes_bytes(wanted.type) ? wanted.type : Type::text, Type::any};
  binding.pieces_ = std::move(pieces);
  if (!binding.fold(node, what, names)) return std::nullopt;
  return binding;
}

/// A scalar without expressions.
std::optional<Binding> Binding::of_plain(const Node& node, Wanted wanted, std::string_view what,
                                         const ResolveContext& names) {
  auto value = read_plain(names.source(), node, wanted, what, names.diagnostics);
  if (!value) return std::nullopt;
  Binding binding;
  binding.wanted_ = wanted;
  binding.secret_ = names.secret;
  binding.constant_ = std::move(*value);
  binding.shape_ = shape_of(binding.constant_);
  return binding;
}

std::optional<Binding> Binding::of_children(const Node& node, Wanted wanted, std::string_view what,
                                            const ResolveContext& names) {
  Binding binding;
  binding.kind_ = node.is_list() ? Kind::list : Kind::map;
  binding.shape_.is = {node.is_list() ? Type::list : Type::map, Type::any};
  binding.wanted_ = wanted;
  bool good = true;
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    const std::string key = node.is_map() ? node.keys[i].text : std::string();
    if (key.find("${{") != std::string::npos) {
      names.diagnostics.add(codes::kExpressionSyntax, place_of(names.source(), node.keys[i]),
                            "an expression cannot be a key");
      good = false;
      continue;
    }
    const std::string child_what = node.is_map() ? fmt::format("'{}' of {}", escape_for_display(key), what)
                                                 : fmt::format("an element of {}", what);
    auto child = compile(node.children[i], {wanted.element, Type::any}, child_what, names);
    if (!child) {
      good = false;
      continue;
    }
    binding.adopt(*child);
    binding.children_.emplace_back(key, std::move(*child));
  }
  if (!good || !binding.fold(node, what, names)) return std::nullopt;
  return binding;
}

void Binding::note(const Expression& expression, const ResolveContext& names) {
  const bool whole =
      (expression.kind == Expression::Kind::literal && expression.origin && expression.root == Root::param) ||
      expression.is_plain(Root::param);
  secret_ = secret_ || expression.secret;
  derives_secret_ = derives_secret_ || (expression.secret && !whole);
  visit_all(expression, [&](const Expression& part) {
    if (part.kind != Expression::Kind::reference) return;
    switch (part.root) {
      case Root::item:
      case Root::index:
      case Root::own_result: reads_item_ = true; break;
      case Root::attempt:
      case Root::previous: reads_attempt_ = true; break;
      case Root::results:
      case Root::result:
      case Root::failures:
      case Root::fact: stages_.insert(part.stage); break;
      case Root::param: unknown_ = unknown_ || names.unknown_params.contains(part.name); break;
      case Root::variable:
        reads_vars_ = true;
        reads_item_ = reads_item_ || names.vars->find(part.name)->binding.reads_item_;
        unknown_ = unknown_ || names.vars->find(part.name)->binding.unknown_;
        break;
      case Root::run: reads_run_ = true; break;
      case Root::env:
      case Root::workflow: break;
    }
  });
}

void Binding::adopt(const Binding& child) {
  unknown_ = unknown_ || child.unknown_;
  secret_ = secret_ || child.secret_;
  derives_secret_ = derives_secret_ || child.derives_secret_;
  reads_item_ = reads_item_ || child.reads_item_;
  reads_attempt_ = reads_attempt_ || child.reads_attempt_;
  reads_run_ = reads_run_ || child.reads_run_;
  reads_vars_ = reads_vars_ || child.reads_vars_;
  stages_.insert(child.stages_.begin(), child.stages_.end());
}

/// Makes a constant of a value that is known now. Returns false if a diagnostic was reported.
bool Binding::fold(const Node& node, std::string_view what, const ResolveContext& names) {
  if (unknown_) {
    kind_ = Kind::constant;
    constant_ = Value();
    return true;
  }
  const Scope scope{.params = names.params};
  if (!reads_task() && !reads_run_ && stages_.empty()) {
    std::string problem;
    if (!make_constant(scope, names.budget, problem)) {
      if (names.budget.is_spent())
        return report_costs(names.budget, names.diagnostics, place_of(names.source(), node), what, problem), false;
      if (secret_) problem = kHiddenReason;
      names.diagnostics.add(codes::kNoValue, place_of(names.source(), node), fmt::format("{}: {}", what, problem));
      return false;
    }
    kind_ = Kind::constant;
    pieces_.clear();
    children_.clear();
    return true;
  }
  if (kind_ != Kind::text) return true;
  std::vector<Piece> pieces;
  for (Piece& piece : pieces_) {
    if (piece.expression && piece.expression->kind == Expression::Kind::literal) {
      if (!append_piece(piece.literal, piece.expression->value, wanted_.type)) {
        names.diagnostics.add(codes::kNoValue,
                              place_in(names.source(), node, piece.expression->at, piece.expression->length),
                              fmt::format("{} cannot stand inside text", kind_name(piece.expression->value.kind())));
        return false;
      }
      piece.expression.reset();
    }
    if (!piece.expression && !pieces.empty() && !pieces.back().expression)
      pieces.back().literal += piece.literal;
    else
      pieces.push_back(std::move(piece));
  }
  pieces_ = std::move(pieces);
  return true;
}

}  // namespace ropewalk
