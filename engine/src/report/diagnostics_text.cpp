#include <ropewalk/report.hpp>

#include "base/style.hpp"
#include "base/text.hpp"
#include "report/numbers.hpp"

#include <ropewalk/value.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>

namespace ropewalk {
namespace {

constexpr std::size_t kMaxSourceWidth = 120;  // displayed characters of a source line

/// One character of a source line as displayed, and its width in terminal columns.
struct Cell {
  std::string text;
  std::size_t columns = 1;
};

std::vector<Cell> cells_of(std::string_view line) {
  std::vector<Cell> cells;
  while (!line.empty()) {
    std::size_t length = 1;
    while (length < 4 && length < line.size() && (static_cast<unsigned char>(line[length]) & 0xC0) == 0x80) ++length;
    if (!is_utf8(line.substr(0, length))) length = 1;
    const std::string_view character = line.substr(0, length);
    line.remove_prefix(length);
    if (character == "\t") {
      cells.push_back({"\t", 1});
      continue;
    }
    std::string shown = escape_for_display(character);
    const std::size_t columns = shown == character ? columns_of(character) : shown.size();
    cells.push_back({std::move(shown), columns});
  }
  return cells;
}

void append_source(std::string& out, const Place& place, Severity severity, bool color) {
  const std::vector<Cell> cells = cells_of(place.source);
  const std::size_t number_width = std::max<std::size_t>(4, std::to_string(place.line).size());
  // A place may be just behind the end of its line, but never farther.
  const std::size_t start = std::min(static_cast<std::size_t>(std::max(1, place.column) - 1), cells.size());
  const std::size_t length = static_cast<std::size_t>(std::max(1, place.length));

  std::size_t first = 0, last = cells.size();
  if (cells.size() > kMaxSourceWidth) {
    first = start > kMaxSourceWidth / 2 ? std::min(start - kMaxSourceWidth / 2, cells.size() - kMaxSourceWidth) : 0;
    last = first + kMaxSourceWidth;
  }
  std::string source(first > 0 ? "..." : ""), caret(first > 0 ? "   " : "");
  for (std::size_t i = first; i < std::max(last, start + 1); ++i) {
    const bool marked = i >= start && i < start + length;
    if (i >= last) {
      caret += marked ? '^' : ' ';
      continue;
    }
    source += cells[i].text;
    if (marked)
      caret.append(cells[i].columns, '^');
    else if (cells[i].text == "\t")
      caret += '\t';
    else if (i < start)
      caret.append(cells[i].columns, ' ');
  }
  if (last < cells.size()) source += "...";

  const std::string_view blue = color ? style::kBoldBlue : "", plain = color ? style::kPlain : "";
  const std::string_view mark = !color ? "" : severity == Severity::error ? style::kBoldRed : style::kBoldYellow;
  fmt::format_to(std::back_inserter(out), "{}{:>{}} |{} {}\n", blue,
                 place.line > 0 ? std::to_string(place.line) : std::string(), number_width, plain, source);
  while (!caret.empty() && caret.back() != '^') caret.pop_back();
  fmt::format_to(std::back_inserter(out), "{}{:{}} |{} {}{}{}\n", blue, "", number_width, plain, mark, caret, plain);
}

}  // namespace

void append_diagnostic(std::string& out, const Error& error, Severity severity, bool color) {
  const Place& place = error.place;
  const std::string_view bold = color ? style::kBold : "", plain = color ? style::kPlain : "";
  const std::string_view mark = !color ? "" : severity == Severity::error ? style::kBoldRed : style::kBoldYellow;
  out += bold;
  out += !place.part.empty() ? place.part : place.file.empty() ? "ropewalk" : escape_for_display(place.file);
  if (place.line > 0) fmt::format_to(std::back_inserter(out), ":{}", place.line);
  if (place.line > 0 && place.column > 0) fmt::format_to(std::back_inserter(out), ":{}", place.column);
  fmt::format_to(std::back_inserter(out), ": {}{}{}[{}]:{} {}\n", plain, mark,
                 severity == Severity::error ? "error" : "warning", error.code, plain,
                 escape_for_display(error.message));
  const bool shows_source = (place.line > 0 || !place.part.empty()) && !place.source.empty();
  if (shows_source) append_source(out, place, severity, color);
  const std::size_t indent = shows_source ? std::max<std::size_t>(4, std::to_string(place.line).size()) + 1 : 5;
  for (const std::string& note : error.notes)
    fmt::format_to(std::back_inserter(out), "{:{}}= {}\n", "", indent, escape_for_display(note));
}

void append_diagnostics(std::string& out, const Errors& errors, bool color) {
  std::set<std::string> files;
  std::size_t placed = 0;
  for (const Error& error : errors.list) {
    append_diagnostic(out, error, Severity::error, color);
    if (error.place.file.empty() || error.place.line == 0) continue;
    files.insert(error.place.file);
    ++placed;
  }
  if (placed == 0) return;
  const std::string where = files.size() == 1 ? escape_for_display(*files.begin()) : counted(files.size(), "file");
  fmt::format_to(std::back_inserter(out), "{} in {}\n", counted(placed, "mistake"), where);
}

void append_diagnostic_json(std::string& out, const Error& error, Severity severity, std::string_view file) {
  const Place& place = error.place;
  out += "{\"file\": ";
  append_json_string(out, place.file.empty() ? file : std::string_view(place.file));
  if (place.line > 0) {
    fmt::format_to(std::back_inserter(out), ", \"line\": {}", place.line);
    if (place.column > 0)
      fmt::format_to(std::back_inserter(out), ", \"column\": {}, \"end_column\": {}", place.column,
                     place.column + std::max(1, place.length));
  }
  fmt::format_to(std::back_inserter(out), ", \"severity\": \"{}\", \"code\": \"{}\", \"message\": ",
                 severity == Severity::error ? "error" : "warning", error.code);
  append_json_string(out, error.message);
  out += ", \"hint\": ";
  append_json_string(out, fmt::format("{}", fmt::join(error.notes, "\n")));
  out += '}';
}

}  // namespace ropewalk
