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

constexpr std::size_t kMostParts = 1000;  // of one expression: names, literals, operators, steps
constexpr int kMaxDepth = 64;

bool begins_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool continues_name(char c) { return begins_name(c) || is_digit(c) || c == '-'; }

struct Operator {
  std::string_view text;
  int level;  // the higher, the tighter
};
constexpr int kComparison = 3, kTightest = 6;
// Longer ones before those that they begin with.
constexpr Operator kBinary[] = {{"||", 1}, {"&&", 2}, {"==", 3}, {"!=", 3}, {"<=", 3}, {">=", 3}, {"<", 3}, {">", 3},
                                {"+", 4},  {"-", 4},  {"*", 5},  {"/", 5},  {"%", 5},  {"??", 6}};

const std::vector<std::string>& roots() {
  static const std::vector<std::string> kRoots = {"params", "vars", "env", "item", "index", "result", "stages", "workflow", "run"};
  return kRoots;
}

/// One ${{ }}. Stops at its first problem: the rest would be guesses.
class Parser {
 public:
  /// `at` is behind the "${{".
  Parser(std::string_view text, std::size_t at, std::vector<ExpressionProblem>& problems)
      : text_(text), open_(at - 3), at_(at), problems_(problems) {}

  /// The expression; at() is then behind the "}}".
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
  /// Counts how deep the parser is in itself.
  struct Deeper {
    explicit Deeper(int& depth) : depth_(depth) { ++depth_; }
    ~Deeper() { --depth_; }
    int& depth_;
  };

  std::nullopt_t fail(std::size_t at, std::size_t length, std::string message, std::string way_out = {}) {
    return fail(codes::kExpressionSyntax, at, length, std::move(message), std::move(way_out));
  }
  std::nullopt_t fail(const char* code, std::size_t at, std::size_t length, std::string message, std::string way_out) {
    problems_.push_back({code, std::move(message), std::move(way_out), at, length});
    return std::nullopt;
  }

  /// Something stands where the expression should go on or end.
  std::nullopt_t unexpected() {
    if (at_ >= text_.size()) return fail(open_, 3, "this ${{ is not closed with }}", "write $${{ for a literal ${{");
    const char c = text_[at_];
    if (c == '?') return fail(at_, 1, "there is no '?' in ${{ }}", "write if(condition, then, else)");
    if (c == '=') return fail(at_, 1, "'=' compares nothing in ${{ }}", "write == for equal");
    if (c == '&' || c == '|') return fail(at_, 1, fmt::format("'{}' is no operator of ${{{{ }}}}", c), fmt::format("write {}{}", c, c));
    if (c == '\'' || c == '"') return fail(at_, 1, fmt::format("text is not expected here in ${{{{ }}}}"));
    std::size_t end = at_;
    while (end < text_.size() && continues_name(text_[end])) ++end;
    const std::string_view word = text_.substr(at_, end - at_);
    for (const auto& [wrong, right] : {std::pair{"and", "&&"}, std::pair{"or", "||"}, std::pair{"not", "!"}})
      if (word == wrong) return fail(at_, word.size(), fmt::format("'{}' is no operator of ${{{{ }}}}", word), fmt::format("write {}", right));
    std::size_t length = word.empty() ? 1 : word.size();  // a whole word or character
    while (at_ + length < text_.size() && (static_cast<unsigned char>(text_[at_ + length]) & 0xC0) == 0x80) ++length;
    return fail(at_, length, fmt::format("'{}' is not expected here in ${{{{ }}}}", escape_for_display(text_.substr(at_, length))));
  }

  bool counted() { return ++parts_ <= kMostParts || (fail(open_, 3, fmt::format("an expression has at most {} parts", kMostParts)), false); }

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
        return fail(op_at, 1, "a minus between two values has a space on both sides, because names may contain '-'", "write a - b");
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

  /// Whatever is nested goes through here.
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
    Expression call{.kind = Expression::Kind::call, .function = &operator_function(std::string_view(&text_[op_at], 1), 1)};
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

  Expression literal(std::size_t start, Value value) const {
    Expression made{.kind = Expression::Kind::literal, .value = std::move(value)};
    made.at = start;
    made.length = at_ - start;
    return made;
  }

  /// `start`: of its minus, if it has one. 010 is refused, as everywhere in the language.
  std::optional<Expression> number(std::size_t start) {
    const std::size_t digits = at_;
    while (is_digit(peek())) ++at_;
    bool real = false;
    if (peek() == '.' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1])) {
      real = true;
      for (++at_; is_digit(peek());) ++at_;
    }
    if (peek() == 'e' || peek() == 'E') {
      std::size_t exponent = at_ + 1;
      if (exponent < text_.size() && (text_[exponent] == '+' || text_[exponent] == '-')) ++exponent;
      if (exponent < text_.size() && is_digit(text_[exponent])) {
        real = true;
        for (at_ = exponent; is_digit(peek());) ++at_;
      }
    }
    if (begins_name(peek())) {
      while (continues_name(peek())) ++at_;
      return fail(start, at_ - start, fmt::format("'{}' is no number", text_.substr(digits, at_ - digits)), "durations and sizes stand outside of ${{ }}; in it they are seconds and bytes");
    }
    const std::string_view written = text_.substr(digits, at_ - digits);
    if (written.size() > 1 && written[0] == '0' && is_digit(written[1]))
      return fail(start, at_ - start, fmt::format("'{}' has a leading zero", written), "write it without, or in quotes as text");
    const std::string whole = (start < digits ? "-" : "") + std::string(written);
    if (real) {
      double value = 0;
      if (std::from_chars(whole.data(), whole.data() + whole.size(), value).ec != std::errc()) return fail(start, at_ - start, "this number is too large or too small for a float");
      return literal(start, Value(value));
    }
    std::int64_t value = 0;
    if (std::from_chars(whole.data(), whole.data() + whole.size(), value).ec != std::errc()) return fail(start, at_ - start, "this number is too large for an int (64 bits)");
    return literal(start, Value(value));
  }

  std::optional<Expression> quoted(char quote) {
    const std::size_t start = at_++;
    const std::size_t close = text_.find(quote, at_);
    if (close == std::string_view::npos) return fail(start, 1, "this text in quotes is not closed", "text that contains one kind of quote stands in the other");
    std::string content(text_.substr(at_, close - at_));
    at_ = close + 1;
    return literal(start, Value(std::move(content)));
  }

  std::optional<Expression> parenthesis() {
    const std::size_t open = at_++;
    skip_spaces();
    std::optional<Expression> inside = binary(1);
    if (!inside || !closed(open, ')')) return std::nullopt;
    inside->length = at_ - open;
    inside->at = open;
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
      return fail(codes::kUnknownName, start, word.size(), fmt::format("there is no function '{}'{}", word, did_you_mean(word, known)),
                  fmt::format("the functions are: {}", fmt::join(known, " ")));
    }
    Expression made{.kind = Expression::Kind::call, .function = function};
    made.at = made.name_at = start;
    made.name_length = word.size();
    const std::size_t open = at_++;
    skip_spaces();
    if (peek() == ')') ++at_;
    else {
      for (;;) {
        std::optional<Expression> operand = binary(1);
        if (!operand) return std::nullopt;
        made.operands.push_back(std::move(*operand));
        skip_spaces();
        if (peek() != ',') break;
        ++at_;
        skip_spaces();
      }
      if (!closed(open, ')')) return std::nullopt;
    }
    made.length = at_ - start;
    const std::size_t count = made.operands.size();
    if (count >= function->least && (count <= function->most || function->most == Function::kAnyNumber)) return made;
    return fail(codes::kWrongArguments, start, made.length, fmt::format("'{}' is called with {} value{}", word, count, count == 1 ? "" : "s"),
                fmt::format("it is written {}", function->usage));
  }

  std::optional<Expression> root(std::size_t start, const std::string& word) {
    Expression made;
    made.at = start;
    made.length = word.size();
    if (word == "item" || word == "index" || word == "result") {
      made.root = word == "item" ? Root::item : word == "index" ? Root::index : Root::own_result;
      return made;
    }
    for (const auto& [name, root] : {std::pair{"params", Root::param}, std::pair{"vars", Root::variable}, std::pair{"env", Root::env},
                                     std::pair{"workflow", Root::workflow}, std::pair{"run", Root::run}, std::pair{"stages", Root::results}}) {
      if (word != name) continue;
      made.root = root;
      if (!dot_name(made, word, root == Root::workflow ? "name" : root == Root::run ? "id" : "NAME", made.name, made.name_at, made.name_length)) return std::nullopt;
      return root == Root::results ? stage_part(std::move(made)) : fact_of_run(std::move(made));
    }
    if (find_function(word) != nullptr) return fail(codes::kUnknownName, start, word.size(), fmt::format("'{}' is a function", word), fmt::format("it is written {}", find_function(word)->usage));
    return fail(codes::kUnknownName, start, word.size(), fmt::format("there is no '{}'{}", word, did_you_mean(word, roots())),
                fmt::format("an expression begins with {}, a number, text in quotes or a function", fmt::join(roots(), ", ")));
  }

  std::optional<Expression> fact_of_run(Expression made) {
    static const std::vector<std::string> kOfWorkflow = {"name", "dir", "file"}, kOfRun = {"id"};
    if (made.root == Root::workflow || made.root == Root::run) {
      const std::vector<std::string>& known = made.root == Root::workflow ? kOfWorkflow : kOfRun;
      if (std::find(known.begin(), known.end(), made.name) == known.end())
        return fail(codes::kUnknownField, made.name_at, made.name_length,
                    fmt::format("'{}' has no '{}'{}", made.root == Root::workflow ? "workflow" : "run", made.name, did_you_mean(made.name, known)),
                    fmt::format("it has: {}", fmt::join(known, ", ")));
    }
    return made;
  }

  std::optional<Expression> stage_part(Expression made) {
    std::string part;
    std::size_t at = 0, length = 0;
    if (!dot_name(made, fmt::format("stages.{}", made.name), "results", part, at, length)) return std::nullopt;
    if (part == "results" || part == "result") {
      made.root = part == "results" ? Root::results : Root::result;
      return made;
    }
    made.root = Root::fact;
    for (const auto& [name, fact] : {std::pair{"outcome", StageFact::outcome}, std::pair{"tasks", StageFact::tasks},
                                     std::pair{"succeeded", StageFact::succeeded}, std::pair{"failed", StageFact::failed}}) {
      if (part != name) continue;
      made.fact = fact;
      return made;
    }
    static const std::vector<std::string> kParts = {"results", "result", "outcome", "tasks", "succeeded", "failed"};
    return fail(codes::kUnknownField, at, length, fmt::format("a stage has no '{}'{}", part, did_you_mean(part, kParts)),
                "a stage has results (a list), outcome, tasks, succeeded and failed; one without foreach has result too");
  }

  bool dot_name(Expression& expression, const std::string& before, std::string_view example, std::string& out, std::size_t& at,
                std::size_t& length) {
    skip_spaces();
    if (peek() != '.' || at_ + 1 >= text_.size() || !begins_name(text_[at_ + 1])) {
      fail(expression.at, expression.length, fmt::format("'{}' alone is no value", before), fmt::format("write {}.{}", before, example));
      return false;
    }
    at = ++at_;
    out = name();
    length = out.size();
    expression.length = at_ - expression.at;
    return true;
  }

  std::optional<Expression> steps(Expression value) {
    for (;;) {
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
      if (value.kind != Expression::Kind::reference && value.kind != Expression::Kind::part) {
        Expression part{.kind = Expression::Kind::part};
        part.at = value.at;
        part.operands.push_back(std::move(value));
        value = std::move(part);
      }
      value.steps.push_back(std::move(step));
      value.length = at_ - value.at;
    }
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
    if (index == nullptr || *index < 0) return fail(open, at_ - open, "between [ and ] stands a number from 0, a name in quotes, or *"), false;
    step.kind = Step::Kind::index;
    step.index = static_cast<std::uint64_t>(*index);
    return true;
  }

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void skip_spaces() {
    while (at_ < text_.size() && std::string_view(" \t\n").find(text_[at_]) != std::string_view::npos) ++at_;
  }
  std::string_view name() {
    const std::size_t start = at_;
    while (at_ < text_.size() && continues_name(text_[at_])) ++at_;
    return text_.substr(start, at_ - start);
  }

  const std::string_view text_;
  const std::size_t open_;
  std::size_t at_;
  std::size_t parts_ = 0;
  int depth_ = 0;
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
