#include "report/sorted_rows.hpp"

#include <algorithm>

namespace ropewalk {
namespace {

constexpr std::size_t kRowsBlock = 1 << 16;

}  // namespace

void SortedRows::add(const Key& key, std::string_view text) {
  rows_.push_back({key, texts_.append(text), static_cast<std::uint32_t>(text.size())});
}

bool SortedRows::write(Sink& sink, std::string& block,
                       const std::function<void(const Key&, std::string_view)>& append) {
  problem_ = texts_.failed();
  if (!problem_.empty()) return false;
  std::stable_sort(rows_.begin(), rows_.end(), [](const Row& a, const Row& b) { return a.key < b.key; });
  for (const Row& row : rows_) {
    const std::string_view text = texts_.read(row.offset, row.size);
    if (text.size() != row.size) {
      problem_ = texts_.failed().empty() ? "a row cannot be read back from the temporary file that it was kept in"
                                         : texts_.failed();
      return false;
    }
    append(row.key, text);
    if (block.size() < kRowsBlock) continue;
    if (!sink.write(block)) return false;
    block.clear();
  }
  return true;
}

}  // namespace ropewalk
