#include "expressions/expression.hpp"

#include "base/suggest.hpp"
#include "expressions/expression_leaves.hpp"
#include "workflow/foreign_words.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>

namespace ropewalk {
namespace {

constexpr std::size_t kMaxParts = 1000;  // of one expression: names, literals, operators, steps
constexpr int kMaxDepth = 64;
constexpr std::size_t kMaxProblems = 20;  // of one text

struct Operator {
  std::string_view text;
  int level;  // the higher, the tighter
};
constexpr int kComparison = 3, kTightest = 6;
// An operator stands before its prefixes.
constexpr Operator kBinary[] = {{"||", 1}, {"&&", 2}, {"==", 3}, {"!=", 3}, {"<=", 3}, {">=", 3}, {"<", 3},
                                {">", 3},  {"+", 4},  {"-", 4},  {"*", 5},  {"/", 5},  {"%", 5},  {"??", 6}};

/// Parses one ${{ }}. Stops at the first problem, because further ones would be guesses.
class Parser : private detail::ExpressionLeaves {
 public:
  /// `at` is behind the "${{".
  Parser(std::string_view text, std::size_t at, std::vector<ExpressionProblem>& problems)
      : ExpressionLeaves(text, at, problems) {}

  /// Returns the expression. at() is then after the "}}".
  std::optional<Expression> parse() {
    skip_spaces();
    if (text_.substr(at_, 2) == "}}") return fail(open_, at_ + 2 - open_, "there is nothing in this ${{ }}");
    std::optional<Expression> expression = binary(1);
    if (!expression) return std::nullopt;
    expression->text = text_.substr(expression->at, expression->length);
    skip_spaces();
    if (text_.substr(at_, 2) != "}}") return unexpected();
    at_ += 2;
    return expression;
  }
  std::size_t at() const { return at_; }

 private:
  /// Counts the recursion depth of the parser.
  struct Deeper {
    explicit Deeper(int& depth) : depth_(depth) { ++depth_; }
    ~Deeper() { --depth_; }
    int& depth_;
  };

  bool counted() {
    return ++parts_ <= kMaxParts ||
           (fail(open_, 3, fmt::format("an expression has at most {} parts", kMaxParts)), false);
  }

  const Operator* binary_operator() const {
    for (const Operator& each : kBinary)
      if (text_.substr(at_, each.text.size()) == each.text) return &each;
    return nullptr;
  }

  /// Operators of at least this level, from left to right.
  std::optional<Expression> binary(int level) {
    std::optional<Expression> left = level > kTightest ? unary() : binary(level + 1);
    bool compared = false;
    while (left) {
      const std::size_t before = at_;
      skip_spaces();
      const Operator* op = binary_operator();
      if (op == nullptr || op->level != level) {
        at_ = before;
        break;
      }
      const std::size_t op_at = at_;
      at_ += op->text.size();
      if (op->text == "-" && (before == op_at || std::string_view(" \t\n").find(peek()) == std::string_view::npos))
        return fail(op_at, 1, "a minus between two values has a space on both sides, because names may contain '-'",
                    "write a - b");
      if (level == kComparison && std::exchange(compared, true))
        return fail(op_at, op->text.size(), "comparisons cannot be chained", "write a < b && b < c");
      skip_spaces();
      std::optional<Expression> right = level == kTightest ? unary() : binary(level + 1);
      if (!right || !counted()) return std::nullopt;
      Expression call{.kind = Expression::Kind::call, .function = &operator_function(op->text, 2)};
      call.at = left->at;
      call.length = right->at + right->length - left->at;
      call.name_at = op_at;
      call.name_length = op->text.size();
      call.operands.push_back(std::move(*left));
      call.operands.push_back(std::move(*right));
      left = std::move(call);
    }
    return left;
  }

  /// Every nested expression is parsed by this function.
  std::optional<Expression> unary() {
    const Deeper deeper(depth_);
    if (depth_ > kMaxDepth) return fail(at_, 1, fmt::format("this is nested more than {} deep", kMaxDepth));
    skip_spaces();
    const char c = peek();
    if ((c != '!' && c != '-') || text_.substr(at_, 2) == "!=") return postfix();
    const std::size_t op_at = at_++;
    skip_spaces();
    if (c == '-' && is_digit(peek())) {
      std::optional<Expression> literal = number(op_at);
      return literal ? steps(std::move(*literal)) : std::nullopt;
    }
    std::optional<Expression> operand = unary();
    if (!operand || !counted()) return std::nullopt;
    Expression call{.kind = Expression::Kind::call,
                    .function = &operator_function(std::string_view(&text_[op_at], 1), 1)};
    call.at = call.name_at = op_at;
    call.name_length = 1;
    call.length = operand->at + operand->length - op_at;
    call.operands.push_back(std::move(*operand));
    return call;
  }

  std::optional<Expression> postfix() {
    std::optional<Expression> value = primary();
    return value ? steps(std::move(*value)) : std::nullopt;
  }

  std::optional<Expression> primary() {
    if (!counted()) return std::nullopt;
    if (at_ >= text_.size()) return unexpected();
    const char c = text_[at_];
    if (is_digit(c)) return number(at_);
    if (c == '\'' || c == '"') return quoted(c);
    if (c == '(') return parenthesis();
    if (c == '[') return list();
    if (c == '{') return map();
    if (!begins_name(c)) return unexpected();
    const std::size_t start = at_;
    const std::string word(name());
    skip_spaces();
    if (peek() == '(') return call(start, word);
    at_ = start + word.size();
    if (word == "true" || word == "false") return literal(start, Value(word == "true"));
    if (word == "null") return literal(start, Value());
    return root(start, word);
  }

  std::optional<Expression> parenthesis() {
    const std::size_t open = at_++;
    skip_spaces();
    std::optional<Expression> inside = binary(1);
    if (!inside || !closed(open, ')')) return std::nullopt;
    inside->length = at_ - open;
    inside->at = open;
    inside->grouped = true;
    return inside;
  }

  bool closed(std::size_t open, char close) {
    skip_spaces();
    if (peek() == close) return ++at_, true;
    if (at_ < text_.size() && text_.substr(at_, 2) != "}}") return unexpected(), false;
    return fail(open, 1, fmt::format("this {} is not closed", text_[open])), false;
  }

  std::optional<Expression> call(std::size_t start, const std::string& word) {
    const Function* function = find_function(word);
    if (function == nullptr) {
      const std::vector<std::string> known = function_names();
      const std::string_view foreign = hint_for_name(word);
      return fail(codes::kUnknownName, start, word.size(),
                  fmt::format("there is no function '{}'{}", word, foreign.empty() ? did_you_mean(word, known) : ""),
                  foreign.empty() ? fmt::format("the functions are: {}", fmt::join(known, " ")) : std::string(foreign));
    }
    Expression made{.kind = Expression::Kind::call, .function = function};
    made.at = made.name_at = start;
    made.name_length = word.size();
    if (!operands(made, ')')) return std::nullopt;
    made.length = at_ - start;
    const std::size_t count = made.operands.size();
    if (count >= function->least && (count <= function->most || function->most == Function::kAnyNumber)) return made;
    return fail(codes::kWrongArguments, start, made.length,
                fmt::format("'{}' is called with {} value{}", word, count, count == 1 ? "" : "s"),
                fmt::format("it is written {}", function->usage));
  }

  /// What stands between the bracket here and its closing one, with commas between.
  bool operands(Expression& made, char close) {
    return members(close, [&] {
      std::optional<Expression> operand = binary(1);
      return operand && (made.operands.push_back(std::move(*operand)), true);
    });
  }
  template <class Member>
  bool members(char close, const Member& member) {
    const std::size_t open = at_++;
    skip_spaces();
    if (peek() == close) return ++at_, true;
    for (;;) {
      if (!member()) return false;
      skip_spaces();
      if (peek() != ',') return closed(open, close);
      ++at_;
      skip_spaces();
    }
  }

  Expression literal_call(const Function& function) const {
    Expression made{.kind = Expression::Kind::call, .function = &function};
    made.at = made.name_at = at_;
    made.name_length = 1;
    return made;
  }

  std::optional<Expression> list() {
    Expression made = literal_call(list_literal());
    if (!operands(made, ']')) return std::nullopt;
    made.length = at_ - made.at;
    return made;
  }

  std::optional<Expression> map() {
    Expression made = literal_call(map_literal());
    std::set<std::string> keys;
    if (!members('}', [&] { return member(made, keys); })) return std::nullopt;
    made.length = at_ - made.at;
    return made;
  }

  /// Appends `key: value` to the operands of a map.
  bool member(Expression& map, std::set<std::string>& keys) {
    constexpr const char* kForm = "a map is written {name: value, 'other name': value}";
    if (!counted()) return false;
    const std::size_t start = at_;
    std::optional<Expression> key;
    if (peek() == '\'' || peek() == '"')
      key = quoted(peek());
    else if (begins_name(peek()))
      key = literal(start, Value(std::string(name())));
    else if (at_ < text_.size() && text_.substr(at_, 2) != "}}")
      return fail(at_, 1, "a member of a map begins with its name", kForm), false;
    else
      return unexpected(), false;
    if (!key) return false;
    const std::size_t length = at_ - start;
    if (!keys.insert(*key->value.as_text()).second)
      return fail(start, length, fmt::format("the map has two members {}", text_.substr(start, length))), false;
    skip_spaces();
    if (peek() != ':') return fail(start, length, "the value of this member is missing", kForm), false;
    ++at_;
    skip_spaces();
    std::optional<Expression> value = binary(1);
    if (!value) return false;
    map.operands.push_back(std::move(*key));
    map.operands.push_back(std::move(*value));
    return true;
  }

  std::optional<Expression> steps(Expression value) {
    const bool apart = value.grouped && goes_over_elements(value);
    for (bool first = true;; first = false) {
      Step step;
      const std::size_t before = at_;
      skip_spaces();
      step.at = at_;
      if (peek() == '.') {
        ++at_;
        if (!begins_name(peek())) return unexpected();
        step.at += 1;
        step.name = name();
      } else if (peek() == '[') {
        if (!bracket(step)) return std::nullopt;
      } else {
        at_ = before;
        return value;
      }
      step.length = at_ - step.at;
      if (!counted()) return std::nullopt;
      const bool has_steps = value.kind == Expression::Kind::reference || value.kind == Expression::Kind::part;
      if (!has_steps || (first && apart)) {
        Expression part{.kind = Expression::Kind::part};
        part.at = value.at;
        part.operands.push_back(std::move(value));
        value = std::move(part);
      }
      value.steps.push_back(std::move(step));
      value.length = at_ - value.at;
    }
  }

  static bool goes_over_elements(const Expression& value) {
    return std::any_of(value.steps.begin(), value.steps.end(),
                       [](const Step& step) { return step.kind == Step::Kind::each; });
  }

  bool bracket(Step& step) {
    const std::size_t open = at_++;
    skip_spaces();
    if (peek() == '*') {
      step.kind = Step::Kind::each;
      ++at_;
      return closed(open, ']');
    }
    std::optional<Expression> inside = binary(1);
    if (!inside || !closed(open, ']')) return false;
    if (inside->kind != Expression::Kind::literal) {
      step.kind = Step::Kind::computed;
      step.computed = std::make_shared<Expression>(std::move(*inside));
      return true;
    }
    if (const std::string* key = inside->value.as_text()) return step.name = *key, true;
    const std::int64_t* index = inside->value.as_int();
    if (index == nullptr || *index < 0)
      return fail(open, at_ - open, "between [ and ] stands a number from 0, a name in quotes, or *"), false;
    step.kind = Step::Kind::index;
    step.index = static_cast<std::uint64_t>(*index);
    return true;
  }

  std::size_t parts_ = 0;
  int depth_ = 0;
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
    if (parsed.problems.size() >= kMaxProblems) return parsed;
    const std::size_t close = text.find("}}", open);  // continue after it to find further problems
    if (close == std::string_view::npos) return parsed;
    at = close + 2;
  }
  literal += text.substr(at);
  flush();
  return parsed;
}

}  // namespace ropewalk
