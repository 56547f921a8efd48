#pragma once
// A value of the workflow as it will be: a constant, an expression, text with expressions in it, or a list or map of
// these, each converted to the type that is wanted there. Compiled while planning; immutable afterwards, any thread.

#include "expressions/expression.hpp"
#include "expressions/resolve_context.hpp"
#include "plan/scope.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace ropewalk {

class Binding {
 public:
  /// Whatever reads only params becomes a constant. Returns nothing if a diagnostic was reported. `what` names the
  /// value in messages: "parameter 'width'".
  static std::optional<Binding> compile(const Node& node, Wanted wanted, std::string_view what,
                                        const ResolveContext& names);

  /// The value of an expression that must be known before the run. Returns nothing if a diagnostic was reported, for it
  /// or for one of its params.
  static std::optional<Value> known(const Node& node, Wanted wanted, std::string_view what,
                                    const ResolveContext& names);

  /// Stands for a value whose diagnostic was reported.
  static Binding unknown() {
    Binding binding;
    binding.unknown_ = true;
    return binding;
  }

  bool is_constant() const { return kind_ == Kind::constant; }
  const Value& constant() const { return constant_; }
  /// A constant that reads a param without a valid value: nothing about it can be checked.
  bool is_unknown() const { return unknown_; }
  /// It reads a secret, or is one.
  bool is_secret() const { return secret_; }
  /// An expression makes it of a secret. It may contain a part of the secret that redaction does not recognise.
  bool derives_secret() const { return derives_secret_; }
  /// item, index, result, attempt, previous, or a var that does
  bool reads_task() const { return reads_item_ || reads_attempt_; }
  bool reads_attempt() const { return reads_attempt_; }  ///< attempt or previous; then also reads_task()
  /// It reads them, and nothing else that is not known before the run.
  bool depends_on_attempt_alone() const {
    return reads_attempt_ && !reads_item_ && !reads_run_ && !reads_vars_ && stages_.empty();
  }
  bool reads_vars() const { return reads_vars_; }
  bool reads_stages() const { return !stages_.empty(); }
  const std::set<std::uint32_t>& stages() const { return stages_; }
  Wanted wanted() const { return wanted_; }
  /// What is known about its value. Valid only while planning, because it points into the plan's declarations.
  StaticType shape() const { return shape_; }

  /// A fast path for the usual varying parameter: a number that is present and needs no conversion. False: use
  /// evaluate().
  bool number(const Scope& scope, std::int64_t& out) const {
    if (number_ == Number::none) return false;
    if (number_ == Number::index) return out = static_cast<std::int64_t>(scope.index), true;
    const std::int64_t* item = scope.item ? scope.item->as_int() : nullptr;
    return item && (out = *item, true);
  }

  /// Copies of its value share the elements of a list, for values that many expressions read.
  void share();

  /// Returns false and sets `problem`, whose text is the same on every run.
  bool evaluate(const Scope& scope, Value& out, std::string& problem) const;

  /// Equal for bindings that give equal values in equal scopes.
  void append_signature(std::string& out) const;

 private:
  enum class Kind : std::uint8_t { constant, expression, text, list, map };
  enum class Number : std::uint8_t { none, index, item };

  static std::optional<Binding> of_scalar(const Node& node, Wanted wanted, std::string_view what,
                                          const ResolveContext& names);
  static std::optional<Binding> of_plain(const Node& node, Wanted wanted, std::string_view what,
                                         const ResolveContext& names);
  static std::optional<Binding> of_children(const Node& node, Wanted wanted, std::string_view what,
                                            const ResolveContext& names);
  void note(const Expression& expression, const ResolveContext& names);
  void adopt(const Binding& child);
  bool fold(const Node& node, std::string_view what, const ResolveContext& names);
  bool make_constant(const Scope& scope, Budget& budget, std::string& problem);
  bool evaluate_expression(const Scope& scope, Value& out, std::string& problem) const;
  bool evaluate_text(const Scope& scope, Value& out, Budget& budget, std::string& problem) const;
  bool convert_result(Value& value, std::string& problem) const;

  Kind kind_ = Kind::constant;
  Number number_ = Number::none;
  bool unknown_ = false;
  bool secret_ = false, derives_secret_ = false;
  bool reads_item_ = false;  // item, index or result
  bool reads_attempt_ = false;
  bool reads_run_ = false;
  bool reads_vars_ = false;
  Wanted wanted_;
  StaticType shape_;
  Value constant_;
  std::vector<Piece> pieces_;                              // the one expression, or the text's pieces
  std::vector<std::pair<std::string, Binding>> children_;  // of a list without names
  std::set<std::uint32_t> stages_;
};

}  // namespace ropewalk
