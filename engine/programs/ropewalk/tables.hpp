#pragma once
// Tables of words, for people.

#include <ropewalk/plugin.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace ropewalk::cli {

using Row = std::vector<std::string>;

/// Rows with their cells below each other, each as escape_for_display() shows it; the last column is not padded.
void append_rows(std::string& out, std::vector<Row> rows, std::string_view indent);

/// A title, then a line for each field: its name, its type, what holds for it, its help. Nothing without fields.
void append_fields(std::string& out, std::string_view title, const std::vector<Field>& fields);

}  // namespace ropewalk::cli
