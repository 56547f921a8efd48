#include "report/sorted_rows.hpp"

#include <algorithm>

namespace ropewalk {

void SortedRows::add(const Key& key, std::string_view text) {
  rows_.push_back({key, texts_.append(text), static_cast<std::uint32_t>(text.size())});
}

bool SortedRows::visit(const std::function<bool(const Key&, std::string_view)>& visit) {
  problem_ = texts_.failed();
  if (!problem_.empty()) return false;
  std::stable_sort(rows_.begin(), rows_.end(), [](const Row& a, const Row& b) { return a.key < b.key; });
  for (const Row& row : rows_) {
    const std::string_view text = texts_.read(row.offset, row.size);
    if (text.size() != row.size) {
      problem_ = texts_.failed().empty() ? "a part of it cannot be read back" : texts_.failed();
      return false;
    }
    if (!visit(row.key, text)) return false;
  }
  return true;
}

}  // namespace ropewalk
