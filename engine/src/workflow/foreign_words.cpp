#include "workflow/foreign_words.hpp"

#include <algorithm>
#include <iterator>
#include <span>

namespace ropewalk {
namespace {

struct ForeignWord {
  std::string_view word, hint;
};

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

constexpr ForeignWord kForeignKeys[] = {
    {"args", "in Ropewalk the parameters of a task are in `with`"},
    {"cmd", kCommandHint},
    {"cmds", kCommandHint},
    {"command", kCommandHint},
    {"container", "in Ropewalk tasks run on this machine; a command may start a container"},
    {"continue-on-error", kIgnoreHint},
    {"cwd", kFolderHint},
    {"defer", kFinallyHint},
    {"dependencies", kNeedsHint},
    {"depends", kNeedsHint},
    {"dependsOn", kNeedsHint},
    {"depends_on", kNeedsHint},
    {"deps", kNeedsHint},
    {"dir", kFolderHint},
    {"environment", "in Ropewalk the variables of a stage are in `env`"},
    {"for", kForeachHint},
    {"for_each", kForeachHint},
    {"ignore_error", kIgnoreHint},
    {"ignore_errors", kIgnoreHint},
    {"image", "in Ropewalk tasks run on this machine; a command may start a container"},
    {"input", "in Ropewalk the files that a task reads are in `reads`"},
    {"inputs", "in Ropewalk the files that a task reads are in `reads`"},
    {"jobs", kStagesHint},
    {"loop", kForeachHint},
    {"matrix", kMatrixHint},
    {"max-parallel", kWorkersHint},
    {"onExit", kFinallyHint},
    {"onerror", kFinallyHint},
    {"output", "in Ropewalk the files that a task writes are in `writes`"},
    {"parallelism", kWorkersHint},
    {"parameters", kParamsHint},
    {"resources", kLimitsHint},
    {"retry", kRetriesHint},
    {"retryStrategy", kRetriesHint},
    {"rules", kStagesHint},
    {"run", kCommandHint},
    {"script", kCommandHint},
    {"shell", kCommandHint},
    {"steps", kStagesHint},
    {"strategy", kMatrixHint},
    {"tasks", kStagesHint},
    {"template", kTaskHint},
    {"threads", kWorkersHint},
    {"timeout-minutes", kTimeoutHint},
    {"timeout_minutes", kTimeoutHint},
    {"uses", kTaskHint},
    {"variables", "in Ropewalk values with names are `vars`, read as `vars.NAME`"},
    {"version", "in Ropewalk the version of the language is `ropewalk: 1`"},
    {"when", kIfHint},
    {"withItems", kForeachHint},
    {"withParam", kForeachHint},
    {"with_items", kForeachHint},
    {"working-directory", kFolderHint},
    {"working_directory", kFolderHint},
};

constexpr std::string_view kAfterHint = "in Ropewalk `after: success | failure | any` of a stage says so";

constexpr ForeignWord kForeignNames[] = {
    {"always", kFinallyHint},
    {"cancelled", kAfterHint},
    {"endsWith", "in Ropewalk match(text, 'end$') != null says so"},
    {"failure", kAfterHint},
    {"fromJSON", "in Ropewalk it is json_parse(text)"},
    {"fromJson", "in Ropewalk it is json_parse(text)"},
    {"github", "in Ropewalk the environment is read as env.NAME, such as env.GITHUB_SHA"},
    {"inputs", kParamsHint},
    {"length", "in Ropewalk it is len(value)"},
    {"matrix", "in Ropewalk a combination of a matrix is the item: item.NAME"},
    {"needs", "in Ropewalk other stages are read as stages.NAME.result or stages.NAME.results"},
    {"secrets", "in Ropewalk a secret is a param with `secret: true`, read as params.NAME"},
    {"startsWith", "in Ropewalk match(text, '^start') != null says so"},
    {"steps", "in Ropewalk other stages are read as stages.NAME.result or stages.NAME.results"},
    {"success", kAfterHint},
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

std::string_view hint_for_key(std::string_view word) { return hint_in(kForeignKeys, word); }
std::string_view hint_for_name(std::string_view word) { return hint_in(kForeignNames, word); }

}  // namespace ropewalk
