#pragma once
// The `vars` that expressions see: those of the workflow, which are known before the run, and those of a stage, which
// may read item and index. Each may read the ones before it, so nothing can go round. Compiled by the planner, then
// immutable.

#include "expressions/binding.hpp"
#include "expressions/resolve_context.hpp"
#include "plan/scope.hpp"
#include "workflow/node.hpp"

#include <ropewalk/value.hpp>

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace ropewalk {

class StageVars {
 public:
  struct Var {
    std::string name;
    Binding binding;
    StaticType shape;        ///< what is known of its value
    std::size_t weight = 0;  ///< bytes that it can have, items not counted
  };

  /// Behind those of `outer`, which a stage shares with all others; null: there are none.
  explicit StageVars(std::shared_ptr<const StageVars> outer = nullptr) : outer_(std::move(outer)) {}

  /// Compiles `vars` behind those that are there; one of a name that is there replaces it. `names.vars` must be this.
  void add_all(const Node& vars, const ResolveContext& names);

  const Var* find(std::string_view name) const;
  std::vector<std::string> names() const;
  /// All of a task's that are not known before the run; where a known one is read, its value stands already. false:
  /// `problem` says which has no value, and why.
  bool fill(const Scope& scope, Map& out, std::string& problem) const;
  /// Equal for vars with equal values in equal scopes.
  std::string signature() const;

 private:
  /// What vars double by reading each other twice must end somewhere.
  static constexpr std::size_t kMaxBytes = 1 << 20;

  std::size_t weight_of(const Node& node, ParsedScalars& parsed) const;

  const std::shared_ptr<const StageVars> outer_;
  std::deque<Var> vars_;  // in order; replaced ones too
  std::unordered_map<std::string_view, std::size_t> numbers_;
  mutable std::string signature_;  // as many bytes as any other; empty: not made yet
};

}  // namespace ropewalk
