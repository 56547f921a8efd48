#include "choices/limit_checks.hpp"

#include "plan/executor_table.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

namespace ropewalk {
namespace {

class LimitChecks {
 public:
  LimitChecks(const StageForm& stage, const PlannedStage& planned, ChosenBy chosen, const ResolveContext& names,
              const InputNames& inputs, std::vector<Error>& warnings)
      : stage_(stage), planned_(planned), chosen_(chosen), names_(names), inputs_(inputs), warnings_(warnings) {}

  void check() {
    const StageKeys& defaults = names_.document.defaults;
    const Node* timeout = stage_.timeout ? stage_.timeout : defaults.timeout;
    const Node* limits = stage_.limits ? stage_.limits : defaults.limits;
    const bool stops = planned_.plugin && planned_.type().stops;
    if (timeout && planned_.timeout_ns > 0 && !stops)
      warn(codes::kTimeoutOnThread, *timeout,
           fmt::format("stage '{}' has a timeout on the executor '{}': a task that does not stop when asked is ended "
                       "with its whole host, and what else runs there runs again",
                       planned_.name, planned_.executor),
           fmt::format("{}, where it is ended alone", process_instead()));
    if (!limits) return;
    if (const Node* time = limits->find("cpu_time")) refuse_cpu_time(*time);
    if (const Node* memory = limits->find("memory"))
      warn(codes::kHeldForHost, *memory, shared("memory", "all of them together may use so much"),
           fmt::format("{} to hold it for each task; or give what all of them may use", process_instead()));
    if (const Node* output = limits->find("output"))
      warn(codes::kHeldForHost, *output,
           shared("output", "what they print themselves is counted together; commands are counted task by task"),
           fmt::format("{} to hold it for each task; or give what all of them may write", process_instead()));
  }

 private:
  /// The limit belongs to one task: which thread's share of the process it was is not known in time to end only that.
  void refuse_cpu_time(const Node& node) {
    const std::string problem = fmt::format(
        "'cpu_time' of 'limits' cannot be held on the executor '{}'{}: its tasks share a process", planned_.executor,
        chosen_ == ChosenBy::task_type ? fmt::format(", which the task '{}' prefers", planned_.task) : "");
    if (chosen_ == ChosenBy::option)
      names_.diagnostics.add(
          codes::kExecutorLimitNotHeld, {},
          fmt::format("{} {}: stage '{}': {}", inputs_.executor, planned_.executor, planned_.name, problem),
          {fmt::format("{}; or remove the limit from the workflow", process_instead())});
    else
      names_.diagnostics.add(
          codes::kLimitNotHeld, place_of(names_.source(), node), fmt::format("stage '{}': {}", planned_.name, problem),
          {stage_.limits ? fmt::format("{}, where each worker has a process of its own", process_instead())
                         : fmt::format("{} for that stage, or give it 'limits' of its own", process_instead())});
  }

  std::string process_instead() const {
    if (const ExecutorKind* executor = find_executor(planned_.executor); executor != nullptr && !executor->threads)
      return "remove 'per_host'";
    if (chosen_ != ChosenBy::option) return "write 'executor: process'";
    return fmt::format("leave that stage to processes with {} {}=process", inputs_.executor, planned_.name);
  }
  std::string shared(std::string_view limit, std::string_view meaning) const {
    return fmt::format(
        "'{}' of 'limits' is held for the whole host: tasks of stage '{}' share a process on the executor '{}', so {}",
        limit, planned_.name, planned_.executor, meaning);
  }
  void warn(const char* code, const Node& node, std::string message, std::string fix) {
    warnings_.push_back(Error{code, std::move(message), place_of(names_.source(), node), {std::move(fix)}});
  }

  const StageForm& stage_;
  const PlannedStage& planned_;
  const ChosenBy chosen_;
  const ResolveContext& names_;
  const InputNames& inputs_;
  std::vector<Error>& warnings_;
};

}  // namespace

void check_holding(const StageForm& stage, const PlannedStage& planned, ChosenBy chosen, const ResolveContext& names,
                   const InputNames& inputs, std::vector<Error>& warnings) {
  if (!shares_a_process(planned)) return;
  LimitChecks(stage, planned, chosen, names, inputs, warnings).check();
}

}  // namespace ropewalk
