#pragma once
// Resolves one expression of a text from its leaves to its root: finds what it names, and turns known parts into
// literals. Used by resolve() only, while planning, on one thread.

#include "expressions/resolve_context.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ropewalk::detail {

inline StaticType plain(Type type, Type element = Type::any) { return StaticType{{type, element}, nullptr, false, {}}; }

std::vector<std::string> names_of(const std::vector<Field>& fields);

class Resolver {
 public:
  Resolver(const Node& node, const ResolveContext& names) : node_(node), names_(names), secret_(names.secret) {}

  /// Whether it has read a secret so far.
  bool secret() const { return secret_; }

  std::optional<StaticType> resolve(Expression& expression);

 private:
  // resolver.cpp
  std::optional<StaticType> reference(Expression& expression);
  std::optional<StaticType> follow(StaticType shape, std::vector<Step>& steps);
  /// `known`: everything that the expression reads is known. A param with an invalid value is not.
  std::optional<StaticType> fold(Expression& expression, const StaticType& shape, bool known);
  static void make_literal(Expression& expression, Value value);
  std::optional<StaticType> call(Expression& expression);
  /// Reports those that are not.
  bool patterns_are_valid(const Expression& call);
  /// now(): the time of the plan.
  std::optional<StaticType> moment(Expression& expression);
  static StaticType result_of(const ResultType& result, const std::vector<StaticType>& operands);
  static Type number_of(const std::vector<StaticType>& operands);
  /// A copy for each place that reads it.
  std::optional<StaticType> known(Expression& expression, Value value, const StaticType& shape);
  std::nullopt_t report(const char* code, std::size_t at, std::size_t length, std::string message,
                        std::vector<std::string> notes = {});

  // resolver_roots.cpp
  std::optional<StaticType> root(Expression& expression);
  std::optional<StaticType> param(const Expression& expression);
  std::optional<StaticType> variable(Expression& expression);
  /// Known before the run, like params. An unset variable is an error, unless `??` has a value for it.
  std::optional<StaticType> environment(Expression& expression);
  std::optional<StaticType> workflow(Expression& expression);
  std::optional<StaticType> stage(Expression& expression);
  std::optional<StaticType> results_of(const Expression& expression, const KnownStage& known);

  // resolver_steps.cpp
  std::optional<StaticType> take(const StaticType& from, Step& step);
  std::optional<StaticType> member(const StaticType& from, Step& step);

  const Node& node_;
  const ResolveContext& names_;
  bool secret_;
  std::size_t unknown_ = 0;     // references so far that have no value yet
  bool may_be_absent_ = false;  // within the left operand of ??
  bool guarded_ = false;        // within a part that may never be evaluated, such as a branch
};

}  // namespace ropewalk::detail
