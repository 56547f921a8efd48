#include "base/text.hpp"
#include "expressions/evaluate.hpp"
#include "expressions/signature.hpp"
#include "expressions/stage_vars.hpp"
#include "items/glob.hpp"
#include "items/item_lists.hpp"
#include "items/source_compiler.hpp"
#include "workflow/constant.hpp"
#include "workflow/scalar.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <memory>
#include <vector>

namespace ropewalk::detail {
namespace {

/// Compiles patterns and their excludes.
class GlobCompiler final : SourceCompiler {
 public:
  using SourceCompiler::SourceCompiler;

  bool compile() {
    auto items = std::make_shared<GlobItems>();
    bool good = patterns(*stage_.items, "glob", items->patterns);
    if (stage_.exclude) out_.signature += '-', good = patterns(*stage_.exclude, "exclude", items->excludes) && good;
    if (stage_.base) good = base(*items) && good;
    out_.item.is = {Type::path, Type::any};
    items->secret = secret_;
    out_.items = std::move(items);
    return good;
  }

 private:
  bool patterns(const Node& node, std::string_view key, std::vector<GlobItems::Pattern>& out) {
    bool good = true;
    if (node.is_scalar()) good = pattern(node, out);
    for (const Node& child : node.children) {
      if (child.is_scalar())
        good = pattern(child, out) && good;
      else
        good = (report_wrong_form(names_.source(), child, "a pattern", fmt::format("an element of '{}'", key),
                                  names_.diagnostics),
                false);
    }
    if (node.is_list() && node.children.empty())
      return report(codes::kWrongForm, node, fmt::format("'{}' has no pattern", key),
                    "write a pattern, such as \"src/**\""),
             false;
    return good;
  }

  bool pattern(const Node& node, std::vector<GlobItems::Pattern>& out) {
    if (has_expression(node) && !names_.parsed.of(node).problems.empty())
      return report_problems(names_.parsed.of(node), node, names_), false;
    std::vector<Piece> pieces = names_.parsed.pieces_of(node);
    bool known = true;
    for (Piece& piece : pieces) {
      if (piece.expression && !literal(piece, node, known)) return false;
      out_.signature += piece.expression ? 'E' : 'L';
      if (piece.expression)
        append_expression(out_.signature, *piece.expression);
      else
        append_json_string(out_.signature, piece.literal);
    }
    std::string written;  // with a letter in place of unknown values, which cannot contain pattern characters
    for (const Piece& piece : pieces) written += piece.expression ? "x" : piece.literal;
    if (!known) return false;
    const std::string problem = glob_problem(written, names_.budget);
    if (names_.budget.is_spent())
      return report_costs(names_.budget, names_.diagnostics, place_of(names_.source(), node), "this pattern", problem),
             false;
    if (!problem.empty())
      return report(codes::kWrongForm, node, fmt::format("this pattern cannot be used: {}", problem),
                    "patterns have * ? [a-z] {a,b} and **"),
             false;
    out.push_back(std::move(pieces));
    return true;
  }

  /// `in`: patterns start from this folder, so they are relative.
  bool base(GlobItems& items) {
    auto folder = Binding::compile(*stage_.base, {Type::path, Type::any}, "'in'", names_);
    if (!folder) return false;
    adopt(*folder);
    secret_ = secret_ || folder->is_secret();
    if (folder->is_unknown()) return false;
    items.base = std::move(*folder);
    bool good = true;
    for (const auto* all : {&items.patterns, &items.excludes})
      for (const GlobItems::Pattern& pattern : *all)
        if (!pattern.empty() && pattern.front().literal.starts_with('/'))
          report(codes::kWrongForm, *stage_.base, "'in' names the folder of the patterns, and one of them is absolute",
                 "write patterns relative to that folder, such as \"**/*.c\""),
              good = false;
    return good;
  }

  /// The value of an expression is literal text in a pattern, whatever characters it has.
  bool literal(Piece& piece, const Node& node, bool& known) {
    Expression& expression = *piece.expression;
    const auto shape = resolve(expression, node, names_);
    if (!shape) return false;
    secret_ = secret_ || expression.secret;
    if (shape->is.type == Type::list || shape->is.type == Type::map || shape->is.type == Type::bytes) {
      names_.diagnostics.add(codes::kWrongType, place_in(names_.source(), node, expression.at, expression.length),
                             fmt::format("{} cannot stand inside a pattern", type_phrase(shape->is.type)));
      return false;
    }
    visit_all(expression, [&](const Expression& part) {
      if (part.kind != Expression::Kind::reference) return;
      if (is_of_stage(part.root)) out_.reads.insert(part.stage);
      known = known && !(part.root == Root::param && names_.unknown_params.contains(part.name)) &&
              !(part.root == Root::variable && names_.vars->find(part.name)->binding.is_unknown());
    });
    if (!known || expression.kind != Expression::Kind::literal) return true;
    std::string text;
    if (!append_as_text(text, expression.value)) {
      names_.diagnostics.add(codes::kNoValue, place_in(names_.source(), node, expression.at, expression.length),
                             fmt::format("{} cannot stand inside a pattern", kind_name(expression.value.kind())));
      return false;
    }
    piece.literal = escape_glob(text);
    piece.expression.reset();
    return true;
  }

  bool secret_ = false;  // a pattern reads a secret
};

}  // namespace

bool compile_glob(const StageForm& stage, const ResolveContext& names, CompiledItems& out) {
  return GlobCompiler(stage, names, out).compile();
}

}  // namespace ropewalk::detail
