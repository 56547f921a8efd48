#include "plan/expression.hpp"

#include "base/suggest.hpp"
#include "base/text.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace ropewalk {
namespace {

constexpr std::size_t kMostSteps = 64;

bool begins_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool continues_name(char c) { return begins_name(c) || is_digit(c) || c == '-'; }

/// One ${{ }}. Stops at its first problem: the rest would be guesses.
class Parser {
 public:
  /// `at` is behind the "${{".
  Parser(std::string_view text, std::size_t at, std::vector<ExpressionProblem>& problems)
      : text_(text), open_(at - 3), at_(at), problems_(problems) {}

  /// The expression; at() is then behind the "}}".
  std::optional<Expression> parse() {
    skip_spaces();
    Expression expression;
    expression.at = at_;
    if (!root(expression) || !steps(expression)) return std::nullopt;
    expression.length = end_ - expression.at;
    expression.text = text_.substr(expression.at, expression.length);
    skip_spaces();
    if (text_.substr(at_, 2) != "}}") return unexpected();
    at_ += 2;
    return expression;
  }
  std::size_t at() const { return at_; }

 private:
  std::nullopt_t fail(const char* code, std::size_t at, std::size_t length, std::string message,
                      std::string way_out = {}) {
    problems_.push_back({code, std::move(message), std::move(way_out), at, length});
    return std::nullopt;
  }
  std::nullopt_t not_yet(std::size_t at, std::size_t length, std::string what) {
    return fail(codes::kNotYet, at, length, fmt::format("{} in ${{{{ }}}} is not in this version", what),
                "this version has params.NAME, item, index, stages.NAME.results, stages.NAME.result, then .member, [n] "
                "and [*]");
  }

  /// Something stands where the expression should go on or end.
  std::nullopt_t unexpected() {
    if (at_ >= text_.size())
      return fail(codes::kExpressionSyntax, open_, 3, "this ${{ is not closed with }}", "write $${{ for a literal ${{");
    constexpr std::string_view kOperators = "+-*/%<>=!&|?";
    const char c = text_[at_];
    if (kOperators.find(c) != std::string_view::npos) {
      std::size_t end = at_;
      while (end < text_.size() && kOperators.find(text_[end]) != std::string_view::npos) ++end;
      return not_yet(at_, end - at_, fmt::format("the operator '{}'", text_.substr(at_, end - at_)));
    }
    std::size_t length = 1;  // a whole character
    while (at_ + length < text_.size() && (static_cast<unsigned char>(text_[at_ + length]) & 0xC0) == 0x80) ++length;
    return fail(codes::kExpressionSyntax, at_, length,
                fmt::format("'{}' is not expected here in ${{{{ }}}}", escape_for_display(text_.substr(at_, length))));
  }

  bool root(Expression& expression) {
    if (at_ < text_.size() && !begins_name(text_[at_])) {
      const char c = text_[at_];
      if (text_.substr(at_, 2) == "}}")
        fail(codes::kExpressionSyntax, open_, at_ + 2 - open_, "there is nothing in this ${{ }}");
      else if (c == '\'' || c == '"') not_yet(at_, 1, "text in quotes");
      else if (is_digit(c)) not_yet(at_, 1, "a number");
      else if (c == '(') not_yet(at_, 1, "'('");
      else unexpected();
      return false;
    }
    if (at_ >= text_.size()) return unexpected(), false;
    const std::size_t start = at_;
    const std::string word(name());
    if (peek() == '(') return not_yet(start, word.size(), fmt::format("the function '{}'", word)), false;
    if (word == "true" || word == "false") return not_yet(start, word.size(), fmt::format("'{}'", word)), false;
    if (word == "item" || word == "index") {
      expression.root = word == "item" ? Expression::Root::item : Expression::Root::index;
      return true;
    }
    for (const std::string_view later : {"vars", "env", "result", "workflow", "run"})
      if (word == later) return not_yet(start, word.size(), fmt::format("'{}'", word)), false;
    if (word != "params" && word != "stages") {
      static const std::vector<std::string> kRoots = {"params", "item", "index", "stages"};
      fail(codes::kUnknownName, start, word.size(), fmt::format("there is no '{}'{}", word, did_you_mean(word, kRoots)),
           "an expression begins with params, item, index or stages; text stands outside of ${{ }}");
      return false;
    }
    if (!dot_name(expression, word, "NAME", expression.name, expression.name_at, expression.name_length)) return false;
    if (word == "params") {
      expression.root = Expression::Root::param;
      return true;
    }
    return stage_part(expression);
  }

  bool stage_part(Expression& expression) {
    std::string part;
    std::size_t at = 0, length = 0;
    if (!dot_name(expression, fmt::format("stages.{}", expression.name), "results", part, at, length)) return false;
    if (part == "results" || part == "result") {
      expression.root = part == "results" ? Expression::Root::results : Expression::Root::result;
      return true;
    }
    for (const std::string_view later : {"outcome", "tasks", "succeeded", "failed"})
      if (part == later) return not_yet(at, length, fmt::format("'{}' of a stage", part)), false;
    static const std::vector<std::string> kParts = {"results", "result"};
    fail(codes::kUnknownField, at, length, fmt::format("a stage has no '{}'{}", part, did_you_mean(part, kParts)),
         "a stage has 'results', the list of all its results; one without foreach has 'result' too");
    return false;
  }

  bool dot_name(const Expression& expression, const std::string& before, std::string_view example, std::string& out,
                std::size_t& at, std::size_t& length) {
    skip_spaces();
    if (peek() != '.' || at_ + 1 >= text_.size() || !begins_name(text_[at_ + 1])) {
      fail(codes::kExpressionSyntax, expression.at, end_ - expression.at,
           fmt::format("'{}' alone is no value", before), fmt::format("write {}.{}", before, example));
      return false;
    }
    at = ++at_;
    out = name();
    length = out.size();
    return true;
  }

  bool steps(Expression& expression) {
    for (;;) {
      Step step;
      const std::size_t before = at_;
      skip_spaces();
      step.at = at_;
      if (peek() == '.') {
        ++at_;
        if (!begins_name(peek())) return unexpected(), false;
        step.name = name();
        step.at += 1;
        if (peek() == '(')
          return not_yet(step.at, step.name.size(), fmt::format("the function '{}'", step.name)), false;
      } else if (peek() == '[') {
        if (!bracket(step)) return false;
      } else {
        at_ = before;
        return true;
      }
      step.length = at_ - step.at;
      end_ = at_;
      expression.steps.push_back(std::move(step));
      if (expression.steps.size() > kMostSteps)
        return fail(codes::kExpressionSyntax, expression.at, 1,
                    fmt::format("an expression has at most {} steps", kMostSteps)),
               false;
    }
  }

  bool bracket(Step& step) {
    const std::size_t open = at_++;
    skip_spaces();
    if (peek() == '*') {
      step.kind = Step::Kind::each;
      ++at_;
    } else if (is_digit(peek())) {
      step.kind = Step::Kind::index;
      const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), step.index);
      if (error != std::errc()) return fail(codes::kExpressionSyntax, at_, 1, "this number is too large"), false;
      at_ = static_cast<std::size_t>(end - text_.data());
    } else {
      fail(codes::kExpressionSyntax, open, 1, "between [ and ] stands a number from 0, or *",
           "write .NAME for a member");
      return false;
    }
    skip_spaces();
    if (peek() != ']') {
      if (at_ < text_.size() && text_.substr(at_, 2) != "}}") return unexpected(), false;
      return fail(codes::kExpressionSyntax, open, 1, "this [ is not closed"), false;
    }
    ++at_;
    return true;
  }

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void skip_spaces() {
    while (at_ < text_.size() && std::string_view(" \t\n").find(text_[at_]) != std::string_view::npos) ++at_;
  }
  std::string_view name() {
    const std::size_t start = at_;
    while (at_ < text_.size() && continues_name(text_[at_])) ++at_;
    end_ = at_;
    return text_.substr(start, at_ - start);
  }

  const std::string_view text_;
  const std::size_t open_;
  std::size_t at_;
  std::size_t end_ = 0;  // behind the last name or step
  std::vector<ExpressionProblem>& problems_;
};

}  // namespace

ParsedText parse_text(std::string_view text) {
  ParsedText parsed;
  std::string literal;
  const auto flush = [&] {
    if (!literal.empty()) parsed.pieces.push_back({std::exchange(literal, {}), std::nullopt});
  };
  std::size_t at = 0;
  for (;;) {
    const std::size_t open = text.find("${{", at);
    if (open == std::string_view::npos) break;
    if (open > at && text[open - 1] == '$') {
      literal += text.substr(at, open - 1 - at);
      literal += "${{";
      at = open + 3;
      continue;
    }
    literal += text.substr(at, open - at);
    flush();
    Parser parser(text, open + 3, parsed.problems);
    auto expression = parser.parse();
    if (expression) {
      parsed.pieces.push_back({{}, std::move(expression)});
      at = parser.at();
      continue;
    }
    const std::size_t close = text.find("}}", open);  // go on behind it, other mistakes are mistakes of their own
    if (close == std::string_view::npos) return parsed;
    at = close + 2;
  }
  literal += text.substr(at);
  flush();
  return parsed;
}

}  // namespace ropewalk
