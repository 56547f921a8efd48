#pragma once
// Tables of text, for people.

#include <ropewalk/plugin.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace ropewalk::cli {

using Row = std::vector<std::string>;

/// Appends rows with aligned columns. Cells are escaped by escape_for_display(); the last column is not padded.
void append_rows(std::string& out, std::vector<Row> rows, std::string_view indent);

/// Appends a title and a line per field with its name, type, rules and help. Appends nothing if there are no fields.
void append_fields(std::string& out, std::string_view title, const std::vector<Field>& fields);

}  // namespace ropewalk::cli
