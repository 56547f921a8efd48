#pragma once
// The compiled `with` of a stage, checked against its task type. Made by the planner; then immutable, any thread.

#include "expressions/binding.hpp"
#include "expressions/resolve_context.hpp"
#include "plan/parameters.hpp"
#include "expressions/stage_vars.hpp"
#include "workflow/document.hpp"

#include <ropewalk/plugin.hpp>

#include <memory>
#include <set>
#include <string>
#include <vector>

namespace ropewalk {

/// Copies what it needs of the declaration, so it outlives plan and plugin.
class StageParameters final : public Parameters {
 public:
  StageParameters(std::size_t count, std::shared_ptr<const StageVars> vars)
      : vars_(std::move(vars)), constants_(count) {}

  void add(std::uint32_t position, const Field& field, Binding binding);

  std::span<const std::uint32_t> varying() const override { return varying_; }
  Result<std::vector<Value>> constants(const Scope& scope) const override;
  bool make(const Scope& scope, std::span<Value> values, std::string& problem) const override;
  bool ints(const Scope& scope, std::span<std::int64_t> values) const override;
  Result<std::vector<KnownParameter>> known(const Scope& scope) const override;

  /// Equal for equal parameters of one task type.
  std::string signature() const;
  const std::set<std::uint32_t>& reads() const { return reads_; }

 private:
  struct Slot {
    Field field;  // its name and limits
    bool limited = false;
    Binding binding;
  };
  static bool fill(const Slot& slot, const Scope& scope, Value& out, std::string& problem);
  bool fill_varying(const Scope& scope, std::span<Value> values, std::string& problem) const;
  bool make_with_vars(const Scope& scope, std::span<Value> values, std::string& problem) const;

  const std::shared_ptr<const StageVars> vars_;
  bool reads_vars_ = false;                           // one of varying_slots_ reads vars of a task
  std::vector<Value> constants_;                      // by position, if they are known now
  std::vector<std::uint32_t> varying_;                // ascending
  std::vector<Slot> varying_slots_;                   // as varying_
  std::vector<std::pair<std::uint32_t, Slot>> late_;  // read results of stages
  std::set<std::uint32_t> reads_;
  std::set<std::uint32_t> secrets_;  // positions of those that an expression has made of a secret
  std::vector<std::pair<std::uint32_t, std::string>> signatures_;
};

/// The parameters of one stage. Adds the keys of defaults.with that the task type has to `taken`. Without a type, only
/// the expressions are checked. Returns nothing if a diagnostic was reported.
std::shared_ptr<const StageParameters> compile_parameters(const StageForm& stage, const TaskDescription* type,
                                                          const std::string& task, const ResolveContext& names,
                                                          std::shared_ptr<const StageVars> vars,
                                                          std::set<std::string>& taken);

}  // namespace ropewalk
