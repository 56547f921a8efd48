#pragma once
// Rows of text that arrive in any order and are read in the order of their keys, so that a report written live has the
// same bytes as one written from the record. 40 bytes a row stay in memory; the text of many rows lies in a file
// without a name. Single-threaded.

#include "base/spool.hpp"

#include <ropewalk/sink.hpp>

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

class SortedRows {
 public:
  struct Key {
    std::int64_t time_ns = 0;  ///< 0 where time is not part of the order
    std::uint32_t stage = 0;
    std::uint64_t index = 0;
    auto operator<=>(const Key&) const = default;
  };

  void add(const Key& key, std::string_view text);
  /// Calls `append(key, text)` for all rows by ascending key. It appends to `block`, which goes to the sink whenever it
  /// is large; the caller writes the rest. The text is valid during the call. Returns false if the sink failed, or if a
  /// row could not be kept or read, see problem().
  bool write(Sink& sink, std::string& block, const std::function<void(const Key&, std::string_view)>& append);
  /// Why rows are missing; empty: none is.
  const std::string& problem() const { return problem_; }

 private:
  struct Row {
    Key key;
    std::uint64_t offset = 0;
    std::uint32_t size = 0;
  };

  Spool texts_;
  std::vector<Row> rows_;
  std::string problem_;
};

}  // namespace ropewalk
