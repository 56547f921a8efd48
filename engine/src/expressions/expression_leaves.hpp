#pragma once
// What the parser of expression.cpp finds at the ends of its tree: names, numbers, texts in quotes, and references up
// to their steps, and what it says where something else stands. Reads no operators, calls or steps.

#include "expressions/expression.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk::detail {

/// A place in one ${{ }}, which moves on behind whatever is read. After a problem the place is of no use.
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

  /// Tells the problem; nothing, for whoever returns it.
  std::nullopt_t fail(std::size_t at, std::size_t length, std::string message, std::string fix = {});
  std::nullopt_t fail(const char* code, std::size_t at, std::size_t length, std::string message, std::string fix);
  /// Something stands where the expression should go on or end.
  std::nullopt_t unexpected();

  /// From `start` to here.
  Expression literal(std::size_t start, Value value) const;
  /// `start`: of its minus, if it has one. 010 is refused, as everywhere in the language.
  std::optional<Expression> number(std::size_t start);
  /// Escapes are resolved: YAML may have resolved some before.
  std::optional<Expression> quoted(char quote);
  /// `word`, which begins at `start`, and the names that belong to it: the place is behind `word`.
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
