#include "workflow/foreign_words.hpp"

#include <algorithm>
#include <iterator>

namespace ropewalk {
namespace {

constexpr std::string_view kCommandHint =
    "in Ropewalk a command is a task: `task: shell.run` with `with: {command: ...}`";
constexpr std::string_view kNeedsHint = "in Ropewalk a stage names the stages that it waits for in `needs`";
constexpr std::string_view kStagesHint = "in Ropewalk the parts of a workflow are `stages`, a list";
constexpr std::string_view kForeachHint = "in Ropewalk a stage runs once for each item of its `foreach`";
constexpr std::string_view kMatrixHint =
    "in Ropewalk a stage runs once for each combination of `foreach: {matrix: {...}}`";
constexpr std::string_view kIgnoreHint =
    "in Ropewalk `on_error: ignore` lets a stage succeed in spite of failed tasks; the default is `continue`";
constexpr std::string_view kIfHint = "in Ropewalk the condition of a stage is its `if`";
constexpr std::string_view kRetriesHint =
    "in Ropewalk `retries: 2` repeats a failed task, or `retries: {max: 2, delay: 1s}`";
constexpr std::string_view kWorkersHint = "in Ropewalk `workers` of a stage says how many of its tasks run at once";
constexpr std::string_view kLimitsHint = "in Ropewalk `limits: {memory: 1GiB, cpu_time: 1m}` bounds a task";
constexpr std::string_view kTaskHint = "in Ropewalk a stage names what it runs in `task: PLUGIN.TASK`";
constexpr std::string_view kTimeoutHint = "in Ropewalk `timeout: 10m` bounds the time of a task";
constexpr std::string_view kFolderHint = "in Ropewalk the folder of a command is a parameter of it: `with: {cwd: ...}`";
constexpr std::string_view kParamsHint =
    "in Ropewalk the values that a run is given are `params`, read as `params.NAME`";

constexpr std::string_view kFinallyHint =
    "in Ropewalk a stage with `finally: true` runs at the end, whatever happened before";

constexpr std::string_view kDeadlineHint = "in Ropewalk `deadline: 1h` bounds the time of a stage, or of the workflow";
constexpr std::string_view kVersionHint = "in Ropewalk the version of the language is `ropewalk: 1`";
constexpr std::string_view kWithHint = "in Ropewalk the parameters of a task are in `with`";
constexpr std::string_view kParamsOfTaskHint =
    "in Ropewalk the parameters of a task are in `with`; `params` of the workflow are the values that a run is given";
constexpr std::string_view kFilesHint = "in Ropewalk the files of a task are in `reads` and `writes`";
constexpr std::string_view kReadsHint = "in Ropewalk the files that a task reads are in `reads`";
constexpr std::string_view kWritesHint = "in Ropewalk the files that a task writes are in `writes`";
constexpr std::string_view kMachineHint =
    "in Ropewalk tasks run on this machine, as its user; `shell.run` may start what runs them elsewhere";
constexpr std::string_view kDescriptionHint = "in Ropewalk a workflow has a `description`, and comments begin with #";
constexpr std::string_view kEnvHint = "in Ropewalk variables are in `env`";
constexpr std::string_view kStopHint = "in Ropewalk `on_error: stop` of a stage ends the run at a failure";
constexpr std::string_view kNameHint = "in Ropewalk a workflow and a stage have a `name`";
constexpr std::string_view kIncludeHint = "in Ropewalk other files are in `include`, a list";
constexpr std::string_view kTriggerHint =
    "Ropewalk starts nothing by itself: cron or a systemd timer runs `ropewalk` when it is time";
constexpr std::string_view kSecretHint = "in Ropewalk a secret is one of the `params`, with `secret: true`";
constexpr std::string_view kShellHint =
    "in Ropewalk a `command` of `shell.run` stops at errors; another shell is its parameter `shell`";
constexpr std::string_view kRangeHint = "in Ropewalk a stage runs once for each number of `foreach: {range: 10}`";
constexpr std::string_view kAfterKeyHint =
    "in Ropewalk a stage with `after: failure` starts if one that it needs failed";
constexpr std::string_view kReadsNameHint = "in Ropewalk the file of a task is its item, or made of it";

constexpr ForeignWord kForeignKeys[] = {
    {"activeDeadlineSeconds", kDeadlineHint},
    {"after_failure", kAfterKeyHint},
    {"apiVersion", kVersionHint},
    {"args", "in Ropewalk the parameters of a task are in `with`"},
    {"arguments", kWithHint},
    {"artifacts", kFilesHint},
    {"cmd", kCommandHint},
    {"cmds", kCommandHint},
    {"command", kCommandHint},
    {"concurrency", kWorkersHint},
    {"conda", kMachineHint},
    {"configfile", kParamsHint},
    {"container", "in Ropewalk tasks run on this machine; a command may start a container"},
    {"continue-on-error", kIgnoreHint},
    {"cwd", kFolderHint},
    {"dag", kNeedsHint},
    {"deadline_seconds", kDeadlineHint},
    {"defer", kFinallyHint},
    {"dependencies", kNeedsHint},
    {"depends", kNeedsHint},
    {"dependsOn", kNeedsHint},
    {"depends_on", kNeedsHint},
    {"deps", kNeedsHint},
    {"desc", kDescriptionHint},
    {"dir", kFolderHint},
    {"dotenv", kEnvHint},
    {"entrypoint", kStagesHint},
    {"environment", "in Ropewalk the variables of a stage are in `env`"},
    {"envmodules", kMachineHint},
    {"exec", kCommandHint},
    {"expand", kMatrixHint},
    {"fail-fast", kStopHint},
    {"failFast", kStopHint},
    {"fail_fast", kStopHint},
    {"for", kForeachHint},
    {"for_each", kForeachHint},
    {"generates", kWritesHint},
    {"id", kNameHint},
    {"ignore_error", kIgnoreHint},
    {"ignore_errors", kIgnoreHint},
    {"image", "in Ropewalk tasks run on this machine; a command may start a container"},
    {"includes", kIncludeHint},
    {"input", "in Ropewalk the files that a task reads are in `reads`"},
    {"inputs", "in Ropewalk the files that a task reads are in `reads`"},
    {"interval", kTriggerHint},
    {"jobs", kStagesHint},
    {"kind", kVersionHint},
    {"label", kNameHint},
    {"loop", kForeachHint},
    {"matrix", kMatrixHint},
    {"max-parallel", kWorkersHint},
    {"message", kDescriptionHint},
    {"metadata", kNameHint},
    {"notebook", kCommandHint},
    {"on", kTriggerHint},
    {"onExit", kFinallyHint},
    {"on_failure", kAfterKeyHint},
    {"onerror", kFinallyHint},
    {"output", "in Ropewalk the files that a task writes are in `writes`"},
    {"parallel", kWorkersHint},
    {"parallelism", kWorkersHint},
    {"parameters", kParamsHint},
    {"params", kParamsOfTaskHint},
    {"permissions", kMachineHint},
    {"preconditions", kIfHint},
    {"resource", kLimitsHint},
    {"resources", kLimitsHint},
    {"retry", kRetriesHint},
    {"retryStrategy", kRetriesHint},
    {"rule", kStagesHint},
    {"rules", kStagesHint},
    {"run", kCommandHint},
    {"runs-on", kMachineHint},
    {"runs_on", kMachineHint},
    {"schedule", kTriggerHint},
    {"script", kCommandHint},
    {"secrets", kSecretHint},
    {"services", kMachineHint},
    {"set", kShellHint},
    {"shell", kCommandHint},
    {"shopt", kShellHint},
    {"singularity", kMachineHint},
    {"sources", kReadsHint},
    {"spec", kStagesHint},
    {"status", kIfHint},
    {"step", kStagesHint},
    {"steps", kStagesHint},
    {"strategy", kMatrixHint},
    {"summary", kDescriptionHint},
    {"tasks", kStagesHint},
    {"template", kTaskHint},
    {"templates", kStagesHint},
    {"threads", kWorkersHint},
    {"timeout-minutes", kTimeoutHint},
    {"timeout_minutes", kTimeoutHint},
    {"triggers", kTriggerHint},
    {"uses", kTaskHint},
    {"variables", "in Ropewalk values with names are `vars`, read as `vars.NAME`"},
    {"version", "in Ropewalk the version of the language is `ropewalk: 1`"},
    {"volumes", kMachineHint},
    {"wait_for", kNeedsHint},
    {"watch", kTriggerHint},
    {"when", kIfHint},
    {"withItems", kForeachHint},
    {"withParam", kForeachHint},
    {"withSequence", kRangeHint},
    {"with_items", kForeachHint},
    {"with_sequence", kRangeHint},
    {"working-directory", kFolderHint},
    {"workingDir", kFolderHint},
    {"working_directory", kFolderHint},
    {"wrapper", kTaskHint},
};

constexpr std::string_view kAfterHint = "in Ropewalk `after: success | failure | any` of a stage says so";

constexpr ForeignWord kForeignNames[] = {
    {"always", kFinallyHint},
    {"cancelled", kAfterHint},
    {"coalesce", "in Ropewalk `a ?? b` is b where a is absent"},
    {"config", kParamsHint},
    {"default", "in Ropewalk `a ?? b` is b where a is absent"},
    {"each", "in Ropewalk the item of a task is `item`"},
    {"endsWith", "in Ropewalk match(text, 'end$') != null says so"},
    {"expand", "in Ropewalk a matrix makes all combinations: foreach: {matrix: {...}}"},
    {"failure", kAfterHint},
    {"fromJSON", "in Ropewalk it is json_parse(text)"},
    {"fromJson", "in Ropewalk it is json_parse(text)"},
    {"github", "in Ropewalk the environment is read as env.NAME, such as env.GITHUB_SHA"},
    {"hashFiles", "in Ropewalk file.checksum is a task; `reads` of a stage declares its inputs"},
    {"input", kReadsNameHint},
    {"inputs", kParamsHint},
    {"job", "in Ropewalk a stage is read as stages.NAME, such as stages.NAME.outcome"},
    {"jobs", "in Ropewalk a stage is read as stages.NAME, such as stages.NAME.outcome"},
    {"jsonpath", "in Ropewalk it is json_parse(text), whose members are read as .NAME"},
    {"length", "in Ropewalk it is len(value)"},
    {"matches", "in Ropewalk match(text, regex) != null says so"},
    {"matrix", "in Ropewalk a combination of a matrix is the item: item.NAME"},
    {"needs", "in Ropewalk other stages are read as stages.NAME.result or stages.NAME.results"},
    {"output", kReadsNameHint},
    {"regex", "in Ropewalk it is match(text, regex)"},
    {"regexMatch", "in Ropewalk it is match(text, regex)"},
    {"resources", kLimitsHint},
    {"rules", "in Ropewalk other stages are read as stages.NAME.result or stages.NAME.results"},
    {"runner", "in Ropewalk tasks run on this machine; the environment is read as env.NAME"},
    {"secrets", "in Ropewalk a secret is a param with `secret: true`, read as params.NAME"},
    {"size", "in Ropewalk it is len(value)"},
    {"splitLines", "in Ropewalk it is lines(text)"},
    {"splitList", "in Ropewalk it is split(text, at)"},
    {"startsWith", "in Ropewalk match(text, '^start') != null says so"},
    {"steps", "in Ropewalk other stages are read as stages.NAME.result or stages.NAME.results"},
    {"str", "in Ropewalk it is text(value)"},
    {"strategy", "in Ropewalk a combination of a matrix is the item: item.NAME"},
    {"string", "in Ropewalk it is text(value)"},
    {"success", kAfterHint},
    {"tasks", "in Ropewalk other stages are read as stages.NAME.result or stages.NAME.results"},
    {"threads", kWorkersHint},
    {"toJSON", "in Ropewalk it is json(value)"},
    {"toJson", "in Ropewalk it is json(value)"},
    {"wildcards", "in Ropewalk the item of a task is `item`; a matrix gives it members: item.NAME"},
};

static_assert(std::is_sorted(std::begin(kForeignKeys), std::end(kForeignKeys),
                             [](const ForeignWord& a, const ForeignWord& b) { return a.word < b.word; }));
static_assert(std::is_sorted(std::begin(kForeignNames), std::end(kForeignNames),
                             [](const ForeignWord& a, const ForeignWord& b) { return a.word < b.word; }));

std::string_view hint_in(std::span<const ForeignWord> words, std::string_view word) {
  const auto found =
      std::lower_bound(words.begin(), words.end(), word,
                       [](const ForeignWord& each, std::string_view wanted) { return each.word < wanted; });
  return found != words.end() && found->word == word ? found->hint : std::string_view();
}

}  // namespace

std::span<const ForeignWord> foreign_keys() { return kForeignKeys; }
std::span<const ForeignWord> foreign_names() { return kForeignNames; }

std::string_view hint_for_key(std::string_view word) { return hint_in(kForeignKeys, word); }
std::string_view hint_for_name(std::string_view word) { return hint_in(kForeignNames, word); }

}  // namespace ropewalk
