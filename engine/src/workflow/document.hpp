#pragma once
// The parts of a workflow by name, each with its node: the input of the planner. Built once and never changed. Pointers
// refer to its own tree, so it can be neither copied nor moved. Knows no plugin and evaluates nothing.

#include "workflow/node.hpp"

#include <ropewalk/plugin.hpp>

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace ropewalk {

/// A declared param. Field::required means that it has no default.
struct ParamForm {
  const Node* key = nullptr;
  Field field;
  bool broken = false;  ///< a diagnostic was reported; treat its value as unknown
};

/// The keys that `defaults` and a stage share; null if absent.
struct StageKeys {
  const Node* task = nullptr;
  const Node* executor = nullptr;
  const Node* workers = nullptr;
  const Node* per_host = nullptr;
  const Node* cores = nullptr;
  const Node* on_error = nullptr;  ///< a scalar or a map
  const Node* drift = nullptr;
  const Node* python = nullptr;
  const Node* with = nullptr;  ///< a map
  const Node* timeout = nullptr;
  const Node* deadline = nullptr;
  const Node* retries = nullptr;  ///< a map, or a single value
  const Node* limits = nullptr;   ///< a map, or null after a diagnostic
  const Node* env = nullptr;      ///< a map of valid names
  const Node* vars = nullptr;     ///< a map of valid names
  const Node* outputs = nullptr;  ///< a map of valid names
  const Node* reads = nullptr;    ///< a list, or an expression that makes one
  const Node* writes = nullptr;   ///< the same
  const Node* inputs = nullptr;   ///< a scalar
};

/// The params of all files of a workflow.
class ParamForms {
 public:
  void add(const ParamForm& form) {
    numbers_.emplace(form.key->text, list_.size());
    list_.push_back(form);
  }
  std::size_t size() const { return list_.size(); }
  auto begin() const { return list_.begin(); }
  auto end() const { return list_.end(); }
  const ParamForm* find(std::string_view name) const {
    const auto found = numbers_.find(name);
    return found == numbers_.end() ? nullptr : &list_[found->second];
  }
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const ParamForm& form : list_) names.push_back(form.key->text);
    return names;
  }

 private:
  std::vector<ParamForm> list_;
  std::unordered_map<std::string_view, std::size_t> numbers_;
};

enum class FanOut { none, list, range, glob, lines, jsonl, matrix, results, blocks, zip, broken };

struct StageForm : StageKeys {
  const Node* node = nullptr;  ///< the stage as a whole
  const Node* name = nullptr;  ///< null: a diagnostic was reported
  FanOut fan_out = FanOut::none;
  const Node* items = nullptr;    ///< the list or expression, or the value of the source
  const Node* exclude = nullptr;  ///< of a matrix: a list of maps; of a glob: a pattern or a list of them
  const Node* include = nullptr;
  const Node* base = nullptr;      ///< `in` of a glob: a folder
  const Node* where = nullptr;     ///< a condition of each item
  const Node* shuffle = nullptr;   ///< a seed
  const Node* batch = nullptr;     ///< the number of items of a task
  bool has_needs = false;          ///< `needs` is present, even if it is empty
  std::vector<const Node*> needs;  ///< names without duplicates
  const Node* after = nullptr;
  const Node* condition = nullptr;  ///< `if`, a scalar
  bool finally = false;             ///< it runs when all stages without this key have ended
};

/// One file of a workflow.
struct Document {
  std::filesystem::path file;  ///< "-" is stdin
  Source source;
  Node root;
  const Node* required_ropewalk = nullptr;  ///< a range of versions
  const Node* required_plugins = nullptr;   ///< a map of names to ranges
  std::vector<const Node*> plugin_paths;
  const Node* load_timeout = nullptr;  ///< of plugins
  std::vector<ParamForm> own_params;
  std::shared_ptr<const ParamForms> params = std::make_shared<const ParamForms>();  ///< of all files of the workflow
  const Node* env = nullptr;                                                        ///< a map of valid names
  const Node* vars = nullptr;                                                       ///< a map of valid names
  StageKeys defaults;
  std::vector<StageForm> stages;  ///< of this file
  /// All files included by this file and by its included files, in the order of their stages, which come before its
  /// own. Set only in the root file.
  std::vector<std::unique_ptr<Document>> included;

  Document() = default;
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;

  const ParamForm* param(std::string_view name) const { return params->find(name); }
};

/// The names shared by all files of a workflow, with the place of each declaration.
class DeclaredNames {
 public:
  /// Adds a name. Returns nothing if it is new, otherwise the place of its declaration behind `intro`: ", first in
  /// line 5" or ", first in parts.yaml:5"; "" if both are parts of one spec.
  std::optional<std::string> add(const Document& file, const Node& name, std::string_view intro = ", first in ");

 private:
  std::map<std::string, std::pair<const Document*, const Node*>> names_;
};

}  // namespace ropewalk
