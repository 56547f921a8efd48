#pragma once
// The items of a command line of `map`: its one source of them, and the expressions for what its placeholders stand
// for. Reads the files of lists that are combined. Knows no task type.

#include "options.hpp"

#include <ropewalk/error.hpp>
#include <ropewalk/workflow_spec.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace ropewalk::cli {

class MapItems {
 public:
  /// Appends diagnostics to `errors`.
  MapItems(const MapOptions& map, std::vector<Error>& errors);

  /// Absent: there are no items, and one task.
  const ForeachSpec& source() const { return source_; }
  bool any() const { return !name_.empty(); }
  /// What the user has written: "--lines", ":::".
  const std::string& name() const { return name_; }
  /// The item is a list of items.
  bool are_batches() const { return !source_.batch.is_absent(); }
  /// The item is a block of lines.
  bool are_blocks() const { return !source_.blocks.file.is_absent(); }

  /// The expressions of {1}, {2}, ...: one, unless several lists are combined. Of batches it is the whole list.
  const std::vector<std::string>& values() const { return values_; }
  /// The expression of {N}, from 1; empty: that is no placeholder here.
  std::string value(std::uint64_t number) const;
  /// The text that `{}` stands for within a longer one; empty: a batch has none.
  std::string text() const;
  /// The value that {...} stands for alone.
  std::string all() const;

 private:
  void of_option(const std::pair<std::string, std::string>& option);
  void of_lists();
  void combine();
  void shape();
  bool read(TypedList& list);
  bool fits(const std::vector<TypedList>& lists);
  void refuse(std::string message, std::string note);

  const MapOptions& map_;
  std::vector<Error>& errors_;
  ForeachSpec source_;
  std::string name_;
  std::vector<std::string> values_{"item"};
};

}  // namespace ropewalk::cli
