#include "expressions/expression_leaves.hpp"

#include "base/suggest.hpp"
#include "base/text.hpp"
#include "workflow/foreign_words.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace ropewalk::detail {
namespace {

const std::vector<std::string>& roots() {
  static const std::vector<std::string> kRoots = {"params", "vars",     "env", "item",    "index",   "result",
                                                  "stages", "workflow", "run", "attempt", "previous"};
  return kRoots;
}

void append_character(std::string& out, std::uint32_t code) {
  const auto continued = [&](int shift) { out += static_cast<char>(0x80 | (code >> shift & 0x3F)); };
  if (code < 0x80) return void(out += static_cast<char>(code));
  if (code < 0x800) return out += static_cast<char>(0xC0 | code >> 6), continued(0);
  if (code < 0x10000) return out += static_cast<char>(0xE0 | code >> 12), continued(6), continued(0);
  out += static_cast<char>(0xF0 | code >> 18), continued(12), continued(6), continued(0);
}

}  // namespace

std::nullopt_t ExpressionLeaves::fail(std::size_t at, std::size_t length, std::string message, std::string fix) {
  return fail(codes::kExpressionSyntax, at, length, std::move(message), std::move(fix));
}
std::nullopt_t ExpressionLeaves::fail(const char* code, std::size_t at, std::size_t length, std::string message,
                                      std::string fix) {
  problems_.push_back({code, std::move(message), std::move(fix), at, length});
  return std::nullopt;
}

std::nullopt_t ExpressionLeaves::unexpected() {
  if (at_ >= text_.size()) return fail(open_, 3, "this ${{ is not closed with }}", "write $${{ for a literal ${{");
  const char c = text_[at_];
  if (c == '?') return fail(at_, 1, "there is no '?' in ${{ }}", "write if(condition, then, else)");
  if (c == '=') return fail(at_, 1, "'=' compares nothing in ${{ }}", "write == for equal");
  if (c == '&' || c == '|')
    return fail(at_, 1, fmt::format("'{}' is no operator of ${{{{ }}}}", c), fmt::format("write {}{}", c, c));
  if (c == '\'' || c == '"') return fail(at_, 1, fmt::format("text is not expected here in ${{{{ }}}}"));
  std::size_t end = at_;
  while (end < text_.size() && continues_name(text_[end])) ++end;
  const std::string_view word = text_.substr(at_, end - at_);
  for (const auto& [wrong, right] : {std::pair{"and", "&&"}, std::pair{"or", "||"}, std::pair{"not", "!"}})
    if (word == wrong)
      return fail(at_, word.size(), fmt::format("'{}' is no operator of ${{{{ }}}}", word),
                  fmt::format("write {}", right));
  std::size_t length = word.empty() ? 1 : word.size();  // a whole word or character
  while (at_ + length < text_.size() && (static_cast<unsigned char>(text_[at_ + length]) & 0xC0) == 0x80) ++length;
  return fail(at_, length,
              fmt::format("'{}' is not expected here in ${{{{ }}}}", escape_for_display(text_.substr(at_, length))));
}

Expression ExpressionLeaves::literal(std::size_t start, Value value) const {
  Expression made{.kind = Expression::Kind::literal, .value = std::move(value)};
  made.at = start;
  made.length = at_ - start;
  return made;
}

std::optional<Expression> ExpressionLeaves::number(std::size_t start) {
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
    return fail(start, at_ - start, fmt::format("'{}' is no number", text_.substr(digits, at_ - digits)),
                "durations and sizes stand outside of ${{ }}; in it they are seconds and bytes");
  }
  const std::string_view written = text_.substr(digits, at_ - digits);
  if (written.size() > 1 && written[0] == '0' && is_digit(written[1]))
    return fail(start, at_ - start, fmt::format("'{}' has a leading zero", written),
                "write it without, or in quotes as text");
  const std::string whole = (start < digits ? "-" : "") + std::string(written);
  if (real) {
    double value = 0;
    if (std::from_chars(whole.data(), whole.data() + whole.size(), value).ec != std::errc())
      return fail(start, at_ - start, "this number is too large or too small for a float");
    return literal(start, Value(value));
  }
  std::int64_t value = 0;
  if (std::from_chars(whole.data(), whole.data() + whole.size(), value).ec != std::errc())
    return fail(start, at_ - start, "this number is too large for an int (64 bits)");
  return literal(start, Value(value));
}

std::optional<Expression> ExpressionLeaves::quoted(char quote) {
  const std::size_t start = at_++;
  std::string content;
  while (at_ < text_.size() && text_[at_] != quote) {
    if (text_[at_] != '\\')
      content += text_[at_++];
    else if (at_ + 1 == text_.size())
      break;
    else if (!escape(content))
      return std::nullopt;
  }
  if (at_ < text_.size() && text_[at_] == quote) return ++at_, literal(start, Value(std::move(content)));
  const bool escaped = text_.find("\\" + std::string(1, quote), open_) != std::string_view::npos;
  return fail(start, 1, "this text in quotes is not closed",
              escaped ? "write \\\\ for a backslash" : "text that contains one kind of quote stands in the other");
}

/// Reads an escape sequence, as in YAML's double quotes.
bool ExpressionLeaves::escape(std::string& content) {
  constexpr std::string_view kLetters = "nrt0e\\'\"", kMeant("\n\r\t\0\x1b\\'\"", 8);
  const std::size_t start = at_, letter = kLetters.find(text_[at_ + 1]);
  at_ += 2;
  if (letter != std::string_view::npos) return content += kMeant[letter], true;
  const char kind = text_[start + 1];
  const std::size_t digits = kind == 'x' ? 2 : kind == 'u' ? 4 : kind == 'U' ? 8 : 0;
  std::size_t length = 2;  // a whole character
  while (start + length < text_.size() && (static_cast<unsigned char>(text_[start + length]) & 0xC0) == 0x80) ++length;
  if (digits == 0) {
    fail(start, length, fmt::format("there is no escape '{}' in text", escape_for_display(text_.substr(start, length))),
         "write \\\\ for a backslash; the escapes are \\n \\r \\t \\0 \\e \\\\ \\' \\\" \\xFF \\uFFFF \\UFFFFFFFF");
    return false;
  }
  std::uint32_t code = 0;
  const std::string_view written = text_.substr(at_, digits);
  const auto [end, error] = std::from_chars(written.data(), written.data() + written.size(), code, 16);
  const bool character = code < 0xD800 || (code > 0xDFFF && code <= 0x10FFFF);
  if (written.size() < digits || error != std::errc() || end != written.data() + digits || !character) {
    fail(start, 2, fmt::format("'\\{}' takes {} hexadecimal digits of a character", kind, digits),
         "write such as \\u00e9 for \u00e9, and \\\\ for a backslash");
    return false;
  }
  at_ += digits;
  append_character(content, code);
  return true;
}

std::optional<Expression> ExpressionLeaves::root(std::size_t start, const std::string& word) {
  Expression made;
  made.at = start;
  made.length = word.size();
  for (const auto& [name, root] : {std::pair{"item", Root::item}, std::pair{"index", Root::index},
                                   std::pair{"result", Root::own_result}, std::pair{"attempt", Root::attempt}}) {
    if (word != name) continue;
    made.root = root;
    return made;
  }
  for (const auto& [name, root] :
       {std::pair{"params", Root::param}, std::pair{"vars", Root::variable}, std::pair{"env", Root::env},
        std::pair{"workflow", Root::workflow}, std::pair{"run", Root::run}, std::pair{"stages", Root::results},
        std::pair{"previous", Root::previous}}) {
    if (word != name) continue;
    made.root = root;
    if (!dot_name(made, word,
                  root == Root::workflow   ? "name"
                  : root == Root::run      ? "id"
                  : root == Root::previous ? "outcome"
                                           : "NAME",
                  made.name, made.name_at, made.name_length))
      return std::nullopt;
    return root == Root::results ? stage_part(std::move(made)) : fact_of_run(std::move(made));
  }
  if (find_function(word) != nullptr)
    return fail(codes::kUnknownName, start, word.size(), fmt::format("'{}' is a function", word),
                fmt::format("it is written {}", find_function(word)->usage));
  if (const std::string_view foreign = hint_for_name(word); !foreign.empty())
    return fail(codes::kUnknownName, start, word.size(), fmt::format("there is no '{}'", word), std::string(foreign));
  return fail(
      codes::kUnknownName, start, word.size(), fmt::format("there is no '{}'{}", word, did_you_mean(word, roots())),
      fmt::format("an expression begins with {}, a number, text in quotes or a function", fmt::join(roots(), ", ")));
}

std::optional<Expression> ExpressionLeaves::fact_of_run(Expression made) {
  struct Facts {
    Root root;
    const char* name;
    std::vector<std::string> known;
  };
  static const std::vector<Facts> kAll = {{Root::workflow, "workflow", {"name", "dir", "file"}},
                                          {Root::run, "run", {"id"}},
                                          {Root::previous, "previous", {"outcome", "message", "exit"}}};
  for (const auto& [root, name, known] : kAll)
    if (made.root == root && std::find(known.begin(), known.end(), made.name) == known.end())
      return fail(codes::kUnknownField, made.name_at, made.name_length,
                  fmt::format("'{}' has no '{}'{}", name, made.name, did_you_mean(made.name, known)),
                  fmt::format("it has: {}", fmt::join(known, ", ")));
  return made;
}

std::optional<Expression> ExpressionLeaves::stage_part(Expression made) {
  std::string part;
  std::size_t at = 0, length = 0;
  if (!dot_name(made, fmt::format("stages.{}", made.name), "results", part, at, length)) return std::nullopt;
  for (const auto& [name, root] : {std::pair{"results", Root::results}, std::pair{"result", Root::result},
                                   std::pair{"failures", Root::failures}}) {
    if (part != name) continue;
    made.root = root;
    return made;
  }
  made.root = Root::fact;
  for (const auto& [name, fact] :
       {std::pair{"outcome", StageFact::outcome}, std::pair{"tasks", StageFact::tasks},
        std::pair{"succeeded", StageFact::succeeded}, std::pair{"failed", StageFact::failed}}) {
    if (part != name) continue;
    made.fact = fact;
    return made;
  }
  static const std::vector<std::string> kParts = {"results", "result",    "failures", "outcome",
                                                  "tasks",   "succeeded", "failed"};
  return fail(codes::kUnknownField, at, length, fmt::format("a stage has no '{}'{}", part, did_you_mean(part, kParts)),
              "a stage has results and failures (lists), outcome, tasks, succeeded and failed; one without foreach has "
              "result too");
}

bool ExpressionLeaves::dot_name(Expression& expression, const std::string& before, std::string_view example,
                                std::string& out, std::size_t& at, std::size_t& length) {
  skip_spaces();
  if (peek() != '.' || at_ + 1 >= text_.size() || !begins_name(text_[at_ + 1])) {
    fail(expression.at, expression.length, fmt::format("'{}' alone is no value", before),
         fmt::format("write {}.{}", before, example));
    return false;
  }
  at = ++at_;
  out = name();
  length = out.size();
  expression.length = at_ - expression.at;
  return true;
}

}  // namespace ropewalk::detail
