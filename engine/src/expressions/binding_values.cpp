// The values of bindings: constants while planning, others while a run lasts.

#include "expressions/binding.hpp"

#include "base/text.hpp"
#include "expressions/convert.hpp"
#include "expressions/evaluate.hpp"
#include "expressions/signature.hpp"
#include "expressions/text_piece.hpp"
#include "workflow/scalar.hpp"

#include <fmt/format.h>

#include <memory>
#include <utility>

namespace ropewalk {

using detail::append_piece;

/// No other evaluation reads the parts, so their values are moved.
bool Binding::make_constant(const Scope& scope, Budget& budget, std::string& problem) {
  switch (kind_) {
    case Kind::constant: return true;
    case Kind::expression: {
      Expression& expression = *pieces_.front().expression;
      if (!consume(expression, scope, constant_, budget, problem))
        return problem = fmt::format("${{{{ {} }}}}: {}", escape_for_display(expression.text), problem), false;
      const bool shared = constant_.as_shared_list() && wanted_.type == Type::list;
      if (shared && !constant_.as_shared_list()->is_range() && !budget.scan(*constant_.list_size(), problem))
        return false;
      const bool converts = shared && !elements_fit(constant_, wanted_.element);
      return (!converts || budget.make(extent(constant_), problem)) && convert_result(constant_, problem);
    }
    case Kind::text: return evaluate_text(scope, constant_, budget, problem);
    case Kind::list: {
      List list;
      list.reserve(children_.size());
      for (auto& each : children_) list.push_back(std::move(each.second.constant_));
      constant_ = std::move(list);
      return true;
    }
    case Kind::map: {
      Map map;
      for (auto& [name, child] : children_) map[name] = std::move(child.constant_);
      constant_ = std::move(map);
      return true;
    }
  }
  return false;
}

void Binding::share() {
  if (!is_constant() || constant_.kind() != Value::Kind::list || constant_.as_shared_list()) return;
  constant_ = std::make_shared<const SharedList>(std::move(*constant_.as_list()));
}

bool Binding::evaluate(const Scope& scope, Value& out, std::string& problem) const {
  if (kind_ == Kind::constant) return out = constant_, true;
  if (std::int64_t plain; number(scope, plain)) return out.set_int(plain), true;
  if (evaluate_expression(scope, out, problem)) return true;
  if (secret_) problem = kHiddenReason;
  return false;
}

bool Binding::evaluate_expression(const Scope& scope, Value& out, std::string& problem) const {
  switch (kind_) {
    case Kind::constant: break;
    case Kind::expression: {
      const Expression& expression = *pieces_.front().expression;
      // The common case of lines or texts that name files: one copy instead of three.
      if (wanted_.type == Type::path && expression.is_plain(Root::item) && scope.item)
        if (const std::string* text = scope.item->as_text(); text && text->find('\0') == std::string::npos)
          return out = Value(Path{*text}), true;
      if (!ropewalk::evaluate(expression, scope, out, problem))
        return problem = fmt::format("${{{{ {} }}}}: {}", escape_for_display(expression.text), problem), false;
      return convert_result(out, problem);
    }
    case Kind::text: {
      Budget budget;
      return evaluate_text(scope, out, budget, problem);
    }
    case Kind::list: {
      List list(children_.size());
      for (std::size_t i = 0; i < list.size(); ++i)
        if (!children_[i].second.evaluate(scope, list[i], problem)) return false;
      out = std::move(list);
      return true;
    }
    case Kind::map: {
      Map map;
      for (const auto& [name, child] : children_)
        if (!child.evaluate(scope, map[name], problem)) return false;
      out = std::move(map);
      return true;
    }
  }
  return false;
}

bool Binding::convert_result(Value& value, std::string& problem) const {
  if (convert(value, wanted_, problem)) return true;
  problem = fmt::format("${{{{ {} }}}} must be {}, but {}", escape_for_display(pieces_.front().expression->text),
                        type_phrase(wanted_.type), problem);
  return false;
}

bool Binding::evaluate_text(const Scope& scope, Value& out, Budget& budget, std::string& problem) const {
  std::string text;
  bool utf8 = true;
  for (const Piece& piece : pieces_) {
    if (!piece.expression) {
      text += piece.literal;
      continue;
    }
    const Expression& expression = *piece.expression;
    const auto add = [&](const Value& value) {
      if (!append_piece(text, value, wanted_.type))
        return problem = fmt::format("${{{{ {} }}}}: {} cannot stand inside text", escape_for_display(expression.text),
                                     kind_name(value.kind())),
               false;
      utf8 = utf8 && (value.kind() != Value::Kind::path || is_utf8(*value.as_string()));
      return true;
    };
    if (expression.is_plain(Root::item) && scope.item) {
      if (!add(*scope.item)) return false;
      continue;
    }
    Value value;
    if (!ropewalk::evaluate(expression, scope, value, budget, problem))
      return problem = fmt::format("${{{{ {} }}}}: {}", escape_for_display(expression.text), problem), false;
    if (!add(value)) return false;
  }
  if (wanted_.type == Type::path && text.find('\0') != std::string::npos)
    return problem = "the text contains a NUL character, which a path cannot", false;
  if (wanted_.type == Type::bytes) return out = Value(Bytes{std::move(text)}), true;
  if (wanted_.type == Type::path || (!utf8 && wanted_.type == Type::any))
    out = Value(Path{std::move(text)});
  else if (!utf8)
    return problem = "a path in the text is not UTF-8, which text must be", false;
  else
    out = Value(std::move(text));
  return true;
}

void Binding::append_signature(std::string& out) const {
  out += static_cast<char>('a' + static_cast<int>(kind_));
  if (kind_ == Kind::constant) ropewalk::append_signature(out, constant_);
  for (const Piece& piece : pieces_) {
    out += piece.expression ? 'E' : 'L';
    if (piece.expression)
      append_expression(out, *piece.expression);
    else
      append_json_string(out, piece.literal);
  }
  for (const auto& [name, child] : children_) {
    append_json_string(out, name);
    child.append_signature(out);
  }
  out += ';';
}

}  // namespace ropewalk
