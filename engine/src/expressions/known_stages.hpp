#pragma once
// The stages that the expressions of a workflow can read, by number and by name. Filled by the planner before any stage
// is planned; borrows the document. One thread.

#include "workflow/document.hpp"

#include <ropewalk/plugin.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace ropewalk {

struct KnownStage {
  std::string_view name;                        ///< empty: it has none, which is reported elsewhere
  const TaskDescription* type = nullptr;        ///< null: unknown, which is reported elsewhere
  const std::vector<Field>* results = nullptr;  ///< the fields of its results, with its `outputs`; null: not known
  std::string_view task;
  bool fans_out = false;
  const Document* file = nullptr;
  const StageForm* form = nullptr;
};

class KnownStages {
 public:
  void add(const KnownStage& stage) {
    if (!stage.name.empty()) numbers_.emplace(stage.name, static_cast<std::uint32_t>(list_.size()));
    list_.push_back(stage);
  }
  void set_results(std::size_t number, const std::vector<Field>* results) { list_[number].results = results; }
  std::size_t size() const { return list_.size(); }
  const KnownStage& operator[](std::size_t number) const { return list_[number]; }
  auto begin() const { return list_.begin(); }
  auto end() const { return list_.end(); }

  /// If two stages have the same name, which is an error, returns the first.
  std::optional<std::uint32_t> find(std::string_view name) const {
    const auto found = numbers_.find(name);
    return found == numbers_.end() ? std::nullopt : std::optional(found->second);
  }
  /// For suggestions.
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const KnownStage& stage : list_)
      if (!stage.name.empty()) names.emplace_back(stage.name);
    return names;
  }

 private:
  std::vector<KnownStage> list_;
  std::unordered_map<std::string_view, std::uint32_t> numbers_;
};

}  // namespace ropewalk
