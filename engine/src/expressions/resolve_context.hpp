#pragma once
// What an expression may name at one spot of a workflow, and what is known there before anything runs. Used while
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

/// What is known of a value before it exists. `fields` are those of a map, or of the maps in a list; null: unknown.
struct StaticType {
  Wanted is;
  const std::vector<Field>* fields = nullptr;
  bool declared = false;       ///< the fields are a task type's results, which a task may leave out
  std::string_view fields_of;  ///< "file.checksum", for messages
};

/// As much as a value that is known shows.
StaticType shape_of(const Value& value);

/// What is the same everywhere in a workflow.
struct WorkflowNames {
  std::string name, file, dir;
};

class StageVars;  // stage_vars.hpp

struct ResolveContext {
  const Document& document;
  const Map& params;
  const std::set<std::string, std::less<>>& unknown_params;  ///< declared, but a diagnostic in their value is told
  const KnownStages& stages;       ///< all may be read, whether that makes a cycle is StageGraph's to say
  std::size_t here = 0;            ///< but not this one
  std::optional<StaticType> item;  ///< nothing: item and index cannot be read here ...
  std::string_view no_item;        ///< ... because "stage 'x' has no foreach"
  Diagnostics& diagnostics;
  Budget& budget;                         ///< of the whole plan
  ParsedScalars& parsed;                  ///< the same
  const StageVars* vars = nullptr;        ///< of the workflow, and of the stage where its tasks are
  std::optional<StaticType> result = {};  ///< nothing: there is no `result` of the task itself here
  const WorkflowNames* workflow = nullptr;
  const Environment* environment = nullptr;  ///< what env.NAME reads before this program's own
  std::string_view no_stages = {};           ///< why no stage can be read here; empty: it can
  bool secret = false;                       ///< what is compiled here is: no message shows how it came about
  bool* reads_item = nullptr;                ///< set where an expression names item or index; null: nobody asks

  const Source& source() const { return document.source; }
};

/// Finds what the expression names, and what its value will be as far as that is plain to see. Nothing: a diagnostic is
/// told. `node` is the scalar that it stands in. What is known already becomes a literal, within the budget of the
/// plan.
std::optional<StaticType> resolve(Expression& expression, const Node& node, const ResolveContext& names);

/// In place of why something that reads a secret has no value: the reason may quote a part of it.
inline constexpr std::string_view kHiddenReason =
    "it has no value, and the reason is not shown because it reads a secret";

/// For what each stage copies. False: that is too much, and reported at `node`.
bool pay(const ResolveContext& names, const Node& node, std::uint64_t bytes, std::string_view what);

/// About the bytes that a part of the file has once it is compiled.
std::size_t compiled_size(const Node& node);

/// Tells the problems of a parsed text.
void report_problems(const ParsedText& text, const Node& node, const ResolveContext& names);

/// "digest, bytes": the names of fields, at most ten.
std::string field_names(const std::vector<Field>& fields);

}  // namespace ropewalk
