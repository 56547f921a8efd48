#pragma once
// The `vars` that expressions can read: those of the workflow, which are known before the run, and those of a stage,
// which may read item and index. A var can read only the vars before it, so there are no cycles. Compiled by the
// planner, then immutable.

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
    StaticType shape;        ///< what is known about its value
    std::size_t weight = 0;  ///< maximum bytes of its value, without items
  };

  /// The vars of `outer` come first; all stages share them. Null: there are none.
  explicit StageVars(std::shared_ptr<const StageVars> outer = nullptr) : outer_(std::move(outer)) {}

  /// Compiles `vars` after the existing ones. A var replaces an earlier one of the same name. `names.vars` must be this
  /// object.
  void add_all(const Node& vars, const ResolveContext& names);

  const Var* find(std::string_view name) const;
  std::vector<std::string> names() const;
  /// Evaluates the vars of a task that are not known before the run; known ones are already literals. Returns false and
  /// sets `problem`, which names the var without a value and the reason.
  bool fill(const Scope& scope, Map& out, std::string& problem) const;
  /// Equal for vars with equal values in equal scopes.
  std::string signature() const;

 private:
  /// Limits vars that grow by reading each other several times.
  static constexpr std::size_t kMaxBytes = 1 << 20;

  std::size_t weight_of(const Node& node, ParsedScalars& parsed) const;

  const std::shared_ptr<const StageVars> outer_;
  std::deque<Var> vars_;  // in order; replaced ones too
  std::unordered_map<std::string_view, std::size_t> numbers_;
  mutable std::string signature_;  // a hash of constant length; empty: not computed yet
};

}  // namespace ropewalk
