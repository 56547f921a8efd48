#pragma once
// Reads the leaves of an expression for the parser in expression.cpp: names, numbers, quoted text, and references up to
// their steps. Reports what stands there instead of a leaf. Reads no operators, calls or steps.

#include "expressions/expression.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk::detail {

/// A position in one ${{ }}, which advances as leaves are read. After a problem the position is meaningless.
class ExpressionLeaves {
 protected:
  /// `at` is behind the "${{".
  ExpressionLeaves(std::string_view text, std::size_t at, std::vector<ExpressionProblem>& problems)
      : text_(text), open_(at - 3), at_(at), problems_(problems) {}

  static bool begins_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  static bool continues_name(char c) { return begins_name(c) || is_digit(c) || c == '-'; }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void skip_spaces() {
    while (at_ < text_.size() && std::string_view(" \t\n").find(text_[at_]) != std::string_view::npos) ++at_;
  }
  std::string_view name() {
    const std::size_t start = at_;
    while (at_ < text_.size() && continues_name(text_[at_])) ++at_;
    return text_.substr(start, at_ - start);
  }

  /// Reports the problem. Returns nothing, which the caller returns in turn.
  std::nullopt_t fail(std::size_t at, std::size_t length, std::string message, std::string fix = {});
  std::nullopt_t fail(const char* code, std::size_t at, std::size_t length, std::string message, std::string fix);
  /// Unexpected text stands where the expression should continue or end.
  std::nullopt_t unexpected();

  /// From `start` to here.
  Expression literal(std::size_t start, Value value) const;
  /// `start`: the position of its minus sign, if any. 010 is refused, as everywhere in the language.
  std::optional<Expression> number(std::size_t start);
  /// Resolves escapes. YAML may have resolved some before.
  std::optional<Expression> quoted(char quote);
  /// Reads the names that belong to `word`, which begins at `start`. The position is after `word`.
  std::optional<Expression> root(std::size_t start, const std::string& word);

  const std::string_view text_;
  const std::size_t open_;  ///< of the "${{"
  std::size_t at_;

 private:
  bool escape(std::string& content);
  std::optional<Expression> fact_of_run(Expression made);
  std::optional<Expression> stage_part(Expression made);
  bool dot_name(Expression& expression, const std::string& before, std::string_view example, std::string& out,
                std::size_t& at, std::size_t& length);

  std::vector<ExpressionProblem>& problems_;
};

}  // namespace ropewalk::detail
