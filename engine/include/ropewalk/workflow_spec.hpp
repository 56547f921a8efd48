#pragma once
// A workflow as a value, for programs that make workflows instead of reading files:
//
//   WorkflowSpec spec{.name = "checksums", .stages = {{.name = "hash",
//                                                      .task = "file.checksum",
//                                                      .workers = 8,
//                                                      .foreach = {.glob = "/usr/include/*.h"},
//                                                      .with = {{"path", "${{ item }}"}},
//                                                      .retries = {.max = 2},
//                                                      .timeout = std::chrono::seconds(30)}}};
//   Result<Plan> plan = engine.plan(spec);
//
// Each field is the key of that name in the workflow language (docs/workflow-language.md), with the same meaning,
// default, checks and messages. Where a key is a word of C++, its field is `default_value` or `condition`. An absent
// value is a key that is not written. Plain values: copy, change and compare them; they check nothing themselves.

#include <ropewalk/spec_value.hpp>
#include <ropewalk/workflow.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace ropewalk {

struct ParamSpec {
  std::string name;
  std::optional<Type> type = {};  ///< absent: the default gives it
  std::optional<Type> of = {};    ///< of the elements of a list or map
  SpecValue default_value = {};   ///< `default`; absent: the param must be set
  SpecValue min = {}, max = {};
  SpecList choices = {};
  std::string help = {};
  bool secret = false;
  bool operator==(const ParamSpec&) const = default;
};

/// Numbers: 0 to `count`-1, or `from` to `to` with both ends. Not both.
struct RangeSpec {
  SpecValue count = {};  ///< `range: N`
  SpecValue from = {}, to = {}, step = {};
  bool operator==(const RangeSpec&) const = default;
};

struct LinesSpec {
  SpecValue file = {};
  SpecValue end = {};
  bool operator==(const LinesSpec&) const = default;
};

/// The items of a stage: one source of them. Without any, the stage has one task.
struct ForeachSpec {
  SpecValue list = {};  ///< the items, or an expression that gives them
  RangeSpec range = {};
  SpecValue glob = {};  ///< a pattern, or a list of them
  LinesSpec lines = {};
  SpecValue jsonl = {};
  SpecMap matrix = {};
  SpecValue exclude = {};  ///< of a matrix: a list of maps; of a glob: a pattern, or a list of them
  SpecList include = {};   ///< of a matrix: maps
  SpecValue results = {};  ///< the name of a stage
  bool operator==(const ForeachSpec&) const = default;
};

struct RetriesSpec {
  SpecValue max = {};
  SpecValue delay = {}, backoff = {}, max_delay = {}, jitter = {};
  SpecValue when = {};  ///< a kind of failure, or a list of them
  bool given = false;   ///< `retries: {}`, where no field is given
  bool operator==(const RetriesSpec&) const = default;
};

struct LimitsSpec {
  SpecValue memory = {}, cpu_time = {}, files = {}, output = {};
  bool given = false;  ///< `limits: {}`, where no field is given: those of the defaults do not hold
  bool operator==(const LimitsSpec&) const = default;
};

struct StageSpec {
  std::string name = {};
  std::string task = {};  ///< "plugin.task"; empty: that of the defaults
  SpecValue executor = {};
  SpecValue workers = {};
  SpecValue per_host = {};
  ForeachSpec foreach = {};
  SpecMap with = {};
  SpecMap outputs = {};
  RetriesSpec retries = {};
  SpecValue timeout = {};
  LimitsSpec limits = {};
  SpecValue on_error = {};
  SpecValue drift = {};
  SpecMap env = {};
  SpecMap vars = {};
  SpecValue reads = {}, writes = {};
  SpecValue inputs = {};
  SpecList needs = {};  ///< absent: the stage before; SpecList::none(): no stage
  SpecValue after = {};
  SpecValue condition = {};  ///< `if`
  bool operator==(const StageSpec&) const = default;
};

/// What holds for all stages of the spec that do not say otherwise.
struct DefaultsSpec {
  std::string task = {};
  SpecValue executor = {};
  SpecValue workers = {};
  SpecValue per_host = {};
  SpecMap with = {};
  SpecMap outputs = {};
  RetriesSpec retries = {};
  SpecValue timeout = {};
  LimitsSpec limits = {};
  SpecValue on_error = {};
  SpecValue drift = {};
  SpecMap env = {};
  SpecMap vars = {};
  SpecValue reads = {}, writes = {};
  SpecValue inputs = {};
  bool operator==(const DefaultsSpec&) const = default;
};

struct RequiresSpec {
  std::string ropewalk = {};  ///< versions of the program, such as ">=0.1, <2"; empty: any
  SpecMap plugins = {};       ///< names with versions
  bool operator==(const RequiresSpec&) const = default;
};

struct PluginsSpec {
  SpecList path = {};  ///< folders
  bool operator==(const PluginsSpec&) const = default;
};

struct WorkflowSpec {
  std::string name = {};  ///< empty: the name of `file` without its extension, or else "workflow"
  std::string description = {};
  RequiresSpec requirements = {};  ///< `requires`
  PluginsSpec plugins = {};
  SpecList include = {};  ///< files, whose stages come before those of the spec
  std::vector<ParamSpec> params = {};
  SpecMap vars = {};
  SpecMap env = {};
  DefaultsSpec defaults = {};
  std::vector<StageSpec> stages = {};
  /// No key: the file that the spec comes from, or is meant for. It is not read. Relative names in `include` and
  /// `plugins` start from its folder, and expressions read it as `workflow.file`. Empty: the working directory.
  std::filesystem::path file = {};
  bool operator==(const WorkflowSpec&) const = default;
};

/// Checks the form of a spec, as load_workflow() that of a file. Engine::plan(spec) does this and plans the workflow.
/// Fails if the spec is larger or deeper than a workflow may be. All other diagnostics are in Workflow::diagnostics. In
/// the places of all diagnostics of the spec, Place::file is empty and Place::part names the part. Any thread.
Result<Workflow> make_workflow(const WorkflowSpec& spec);

/// The spec as YAML, which load_workflow() reads back to the same workflow. If make_workflow() has diagnostics of the
/// spec, those of the text are the same, except that NaN, infinities and text that is not UTF-8 where no expression may
/// stand have no form in YAML.
std::string to_yaml(const WorkflowSpec& spec);

/// The spec of a workflow, to be changed, planned or printed again. What it includes stays in files of its own.
/// Comments are lost. Fails with Workflow::diagnostics if there are any.
Result<WorkflowSpec> spec_of(const Workflow& workflow);

}  // namespace ropewalk
