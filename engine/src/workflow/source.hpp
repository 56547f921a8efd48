#pragma once
// The text of one file and the places in it. Immutable; any thread. Knows nothing of YAML.

#include "workflow/part_names.hpp"

#include <ropewalk/error.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

/// Offsets are bytes into text(); places count characters, as an editor does.
class Source {
 public:
  Source() = default;
  /// `text` must be UTF-8 with '\n' as its only line end.
  Source(std::string name, std::string text);
  /// The text of a spec, which no user has seen: places name parts.
  Source(std::string text, std::shared_ptr<const PartNames> parts);

  const std::string& name() const { return name_; }
  std::string_view text() const { return text_; }
  bool is_spec() const { return parts_ != nullptr; }
  std::size_t lines() const { return starts_.size(); }
  /// Line and column count from 0, the column in bytes. A position beyond the end returns the end.
  std::size_t offset(std::size_t line, std::size_t column) const;
  /// Counts from 0.
  std::size_t line_of(std::size_t offset) const;
  std::string_view line(std::size_t line) const;

  /// A part of the line at `offset`. Bytes beyond the line's end are not underlined.
  Place place(std::size_t offset, std::size_t bytes = 1) const;
  /// The file as a whole.
  Place whole() const { return {.file = name_, .part = parts_ ? "the workflow" : ""}; }

 private:
  std::size_t characters_before(std::size_t offset) const;

  std::string name_;
  std::string text_;
  std::shared_ptr<const PartNames> parts_;  // null: of a file
  std::vector<std::size_t> starts_{0};      // of each line
  std::vector<std::uint32_t> checkpoints_;  // characters before every kCheckpoint-th byte
};

}  // namespace ropewalk
