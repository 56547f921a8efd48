#include "commands.hpp"
#include "tables.hpp"

#include "base/suggest.hpp"
#include "base/text.hpp"

#include <ropewalk/codes.hpp>
#include <ropewalk/explanation.hpp>

#include <fmt/format.h>

#include <cctype>

namespace ropewalk::cli {
namespace {

constexpr std::size_t kWidth = 100;  // columns of a line of text

/// Appends text wrapped at spaces.
void append_wrapped(std::string& out, std::string_view text) {
  std::size_t column = 0;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    const bool first = column == 0, fits = column + 1 + word.size() <= kWidth;
    if (!first) out += fits ? ' ' : '\n';
    column = first || !fits ? word.size() : column + 1 + word.size();
    out += word;
  }
  out += '\n';
}

void append_example(std::string& out, std::string_view title, std::string_view lines) {
  fmt::format_to(std::back_inserter(out), "\n{}:\n\n", title);
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(lines.size(), line.size() + 1));
    std::string shown = escape_for_display(line);
    if (line.starts_with('\t')) shown = "\t" + shown.substr(2);
    fmt::format_to(std::back_inserter(out), "    {}\n", shown);
  }
}

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

Error unknown(const std::string& code) {
  std::vector<std::string> codes;
  for (const Explanation& each : explanations()) codes.emplace_back(each.code);
  return {codes::kUnknownCode,
          fmt::format("there is no code '{}'{}", escape_for_display(code), did_you_mean(code, codes)),
          {},
          {"'ropewalk explain' lists all codes"}};
}

}  // namespace

int explain(const Options& options, Screen& screen) {
  std::string text;
  if (options.arguments.empty()) {
    std::vector<Row> rows;
    for (const Explanation& each : explanations()) rows.push_back({std::string(each.code), std::string(each.title)});
    append_rows(text, rows, "");
    return print(text, screen) ? 0 : kOutputFailed;
  }
  const Explanation* found = explanation_of(upper(options.arguments.front()));
  if (!found) return refuse(unknown(options.arguments.front()), screen);
  fmt::format_to(std::back_inserter(text), "{}: {}\n\n", found->code, found->title);
  append_wrapped(text, found->meaning);
  append_example(text, "The mistake", found->diagnostic);
  append_example(text, "Corrected", found->corrected);
  return print(text, screen) ? 0 : kOutputFailed;
}

}  // namespace ropewalk::cli
