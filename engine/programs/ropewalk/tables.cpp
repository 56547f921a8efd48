#include "tables.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ropewalk::cli {
namespace {

std::string type_of(const Field& field) {
  std::string type(type_name(field.type));
  if ((field.type == Type::list || field.type == Type::map) && field.element != Type::any)
    fmt::format_to(std::back_inserter(type), " of {}", type_name(field.element));
  return type;
}

/// "required", "default 0.5, 0..60 s, one of a, b".
std::string rules_of(const Field& field) {
  std::vector<std::string> rules;
  if (field.required) rules.emplace_back("required");
  if (field.secret)
    rules.emplace_back("secret");
  else if (field.default_value && !field.default_value->is_null())
    rules.push_back("default " + to_json(*field.default_value));
  if (field.minimum || field.maximum)
    rules.push_back(fmt::format("{}..{}", field.minimum ? to_json(*field.minimum) : "",
                                field.maximum ? to_json(*field.maximum) : ""));
  if (!field.unit.empty()) rules.push_back("in " + field.unit);
  if (!field.choices.empty()) {
    std::string choices = "one of ";
    for (const Value& choice : field.choices) {
      if (&choice != &field.choices.front()) choices += ", ";
      choices += choice.as_text() ? *choice.as_text() : to_json(choice);
    }
    rules.push_back(std::move(choices));
  }
  std::string out;
  for (const std::string& rule : rules) out += (out.empty() ? "" : "; ") + rule;
  return out;
}

}  // namespace

void append_rows(std::string& out, std::vector<Row> rows, std::string_view indent) {
  for (Row& row : rows)
    for (std::string& cell : row) cell = escape_for_display(cell);
  std::vector<std::size_t> widths;
  for (const Row& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], count_characters(row[i]));
  }
  for (const Row& row : rows) {
    std::string line(indent);
    for (std::size_t i = 0; i < row.size(); ++i)
      line += row[i] + std::string(widths[i] - count_characters(row[i]) + 2, ' ');
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
}

void append_fields(std::string& out, std::string_view title, const std::vector<Field>& fields) {
  if (fields.empty()) return;
  fmt::format_to(std::back_inserter(out), "  {}\n", title);
  std::vector<Row> rows;
  rows.reserve(fields.size());
  for (const Field& field : fields) rows.push_back({field.name, type_of(field), rules_of(field), field.help});
  append_rows(out, rows, "    ");
}

}  // namespace ropewalk::cli
