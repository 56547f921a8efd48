#pragma once
// The limits, the timeout and the variables of a stage that read `attempt` or `previous`: compiled while planning, made
// again for each attempt after the first. The values of a first attempt are known before the run, and checked there.

#include "expressions/binding.hpp"
#include "plan/attempt_values.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace ropewalk {

class AttemptBindings final : public VaryingAttempt {
 public:
  /// Puts a value where it belongs. Returns what is wrong with it, or nothing.
  using Put = std::function<std::string(AttemptValues& values, const Value& value)>;

  /// The value that a first attempt has; a binding that depends on the attempt is kept, and `put` is called with its
  /// later values. Returns nothing if a diagnostic was reported. `what` names the value in messages.
  std::optional<Value> known(const Node& node, Wanted wanted, std::string_view what, const ResolveContext& names,
                             Put put);
  bool is_empty() const { return bindings_.empty(); }

  bool make(const Scope& scope, AttemptValues& values, std::string& problem) const override;

 private:
  struct One {
    std::string what;
    Binding binding;
    Put put;
  };
  std::vector<One> bindings_;
};

}  // namespace ropewalk
