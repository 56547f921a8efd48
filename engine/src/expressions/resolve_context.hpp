#pragma once
// The names that an expression can use at one place in a workflow, and what is known there before the run. Used while
// planning, by one thread; borrows everything.

#include "expressions/budget.hpp"
#include "expressions/expression.hpp"
#include "expressions/known_stages.hpp"
#include "expressions/parsed_scalars.hpp"
#include "workflow/constant.hpp"
#include "workflow/document.hpp"
#include "workflow/diagnostics.hpp"

#include <ropewalk/plan.hpp>
#include <ropewalk/plugin.hpp>
#include <ropewalk/value.hpp>

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

/// What is known about a value before it exists. `fields` belong to a map, or to the maps in a list; null: unknown.
struct StaticType {
  Wanted is;
  const std::vector<Field>* fields = nullptr;
  bool declared = false;       ///< the fields are a task type's results, which a task may leave out
  std::string_view fields_of;  ///< "file.checksum", for messages; of others than results "a failure"
};

/// The static type of a known value.
StaticType shape_of(const Value& value);

/// The part of the context that is the same everywhere in a workflow.
struct WorkflowNames {
  std::string name, file, dir;
  std::int64_t now_s = 0;  ///< what now() returns: seconds since 1970
};

class StageVars;  // stage_vars.hpp

struct ResolveContext {
  static constexpr std::string_view kOfAttempts = "'with', 'env', 'limits' and 'timeout' of a stage can read it";

  const Document& document;
  const Map& params;
  const std::set<std::string, std::less<>>&
      unknown_params;              ///< declared, but their values are invalid, which was reported
  const KnownStages& stages;       ///< all can be read; StageGraph reports cycles
  std::size_t here = 0;            ///< the stage that cannot be read here: itself
  std::optional<StaticType> item;  ///< nothing: item and index cannot be read here, ...
  std::string_view no_item;        ///< ... because "stage 'x' has no foreach"
  Diagnostics& diagnostics;
  Budget& budget;                         ///< of the whole plan
  ParsedScalars& parsed;                  ///< the same
  const StageVars* vars = nullptr;        ///< of the workflow, and of the stage where its tasks are
  std::optional<StaticType> result = {};  ///< nothing: there is no `result` of the task itself here
  const WorkflowNames* workflow = nullptr;
  const Environment* environment = nullptr;  ///< what env.NAME reads before this program's own
  std::string_view no_stages = {};           ///< why no stage can be read here; empty: it can
  /// Why 'attempt' and 'previous' cannot be read here; empty: they can.
  std::string_view no_attempt = kOfAttempts;
  bool secret = false;         ///< the value is secret: no message shows how it is computed
  bool* reads_item = nullptr;  ///< set if an expression names item or index; may be null

  const Source& source() const { return document.source; }
};

/// Resolves the names of the expression, and determines its static type. Known parts become literals, within the budget
/// of the plan. `node` is the scalar that contains it. Returns nothing if a diagnostic was reported.
std::optional<StaticType> resolve(Expression& expression, const Node& node, const ResolveContext& names);

/// Replaces the reason why an expression that reads a secret has no value, because the reason may quote the secret.
inline constexpr std::string_view kHiddenReason =
    "it has no value, and the reason is not shown because it reads a secret";

/// Charges the budget for a value that each stage copies. If that exceeds it, reports it at `node` and returns false.
bool pay(const ResolveContext& names, const Node& node, std::uint64_t bytes, std::string_view what);

/// The approximate size in bytes of a part of the file once it is compiled.
std::size_t compiled_size(const Node& node);

/// Reports the problems of a parsed text.
void report_problems(const ParsedText& text, const Node& node, const ResolveContext& names);

/// "digest, bytes": the names of fields, at most ten.
std::string field_names(const std::vector<Field>& fields);

}  // namespace ropewalk
