#pragma once
// What auto chose for stages of earlier runs, in small files of the user's cache folder. A file counts for one stage
// and for what its choice depends on, which is its key; a file that is damaged, foreign or of another key is ignored.
// Plain values; any thread.

#include "executors/auto_rules.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace ropewalk {

class ChoiceMemory {
 public:
  /// Empty: nothing is kept and nothing found.
  explicit ChoiceMemory(std::filesystem::path folder) : folder_(std::move(folder)) {}

  std::optional<auto_rules::Remembered> find(std::string_view key) const;
  /// A failure is ignored: the next run tries the modes again.
  void keep(std::string_view key, const auto_rules::Remembered& choice) const;

 private:
  std::filesystem::path place_of(std::string_view key) const;

  std::filesystem::path folder_;
};

}  // namespace ropewalk
