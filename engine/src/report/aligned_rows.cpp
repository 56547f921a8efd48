#include "report/aligned_rows.hpp"

#include "base/style.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

namespace ropewalk {

void append_aligned_rows(std::string& out, std::span<const std::vector<std::string>> rows, bool bold) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const auto& row : rows)
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], row[c].size());
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t c = 0; c < row.size(); ++c) {
      const std::string pad(widths[c] - row[c].size(), ' ');
      line += c == 0 ? row[c] + pad : "  " + pad + row[c];
    }
    out += bold && &row == &rows.front() ? fmt::format("{}{}{}\n", style::kBold, line, style::kPlain) : line + "\n";
  }
}

}  // namespace ropewalk
