#include "choices/attempt_bindings.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <utility>

namespace ropewalk {

std::optional<Value> AttemptBindings::known(const Node& node, Wanted wanted, std::string_view what,
                                            const ResolveContext& names, Put put) {
  auto binding = Binding::compile(node, wanted, what, names);
  if (!binding || binding->is_unknown()) return std::nullopt;
  if (binding->is_constant()) return binding->constant();
  if (!binding->depends_on_attempt_alone()) {
    names.diagnostics.add(
        codes::kNoValue, place_of(names.source(), node),
        fmt::format("{} must be known before the run, so it can read params, 'attempt' and 'previous' only", what));
    return std::nullopt;
  }
  Value first;
  std::string problem;
  if (!binding->evaluate({.params = names.params}, first, problem)) {
    names.diagnostics.add(codes::kNoValue, place_of(names.source(), node),
                          fmt::format("{} of a first attempt: {}", what, problem));
    return std::nullopt;
  }
  bindings_.push_back({std::string(what), std::move(*binding), std::move(put)});
  return first;
}

bool AttemptBindings::make(const Scope& scope, AttemptValues& values, std::string& problem) const {
  for (const One& one : bindings_) {
    Value value;
    if (one.binding.evaluate(scope, value, problem)) problem = one.put(values, value);
    if (!problem.empty()) return problem = fmt::format("{} of attempt {}: {}", one.what, scope.attempt, problem), false;
  }
  return true;
}

}  // namespace ropewalk
