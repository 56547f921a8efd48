#include "choices/executor_choice.hpp"

#include "choices/means.hpp"

#include "base/suggest.hpp"
#include "base/text.hpp"
#include "expressions/binding.hpp"
#include "choices/choices.hpp"
#include "plan/executor_table.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace ropewalk {
namespace {

std::string executor_note() { return fmt::format("the executors are: {}", fmt::join(executor_names(), ", ")); }

/// What is wrong with the name of an executor; code null: nothing.
struct NameProblem {
  const char* code = nullptr;
  std::string message;
};
NameProblem check_executor(const std::string& name, const char* unknown) {
  if (find_executor(name) != nullptr) return {};
  if (name == "slurm") return {unknown, fmt::format("the executor '{}' is not in this version", name)};
  return {unknown,
          fmt::format("there is no executor '{}'{}", escape_for_display(name), did_you_mean(name, executor_names()))};
}

class ExecutorChoice {
 public:
  ExecutorChoice(const StageForm& stage, const TaskDescription* type, const std::string& task,
                 const ResolveContext& names, const PlanOptions& options, const ExecutorOptions& executors,
                 PlannedStage& planned, std::vector<Error>& warnings)
      : stage_(stage),
        defaults_(names.document.defaults),
        type_(type),
        task_(task),
        names_(names),
        options_(options),
        planned_(planned),
        warnings_(warnings),
        chosen_(executors.of(planned.name)) {}

  ChosenBy place() {
    const bool known = executor();
    cores();
    workers();
    on_error();
    per_host();
    drift();
    if (known) check_thread_safety();
    if (options_.jobs > 0) planned_.workers = std::min(planned_.workers, options_.jobs);
    planned_.per_host = std::min(planned_.per_host, planned_.workers);
    planned_.max_workers = std::max(planned_.max_workers, planned_.workers);
    check_means();
    if (is_option()) return ChosenBy::option;
    if (executor_node_) return ChosenBy::file;
    return type_ && !type_->executor.empty() ? ChosenBy::task_type : ChosenBy::nobody;
  }

  /// Each value for itself: they need not go together where no stage takes both.
  void check_values_of_defaults() {
    executor();
    if (defaults_.workers) read_workers(*defaults_.workers, 1);
    if (defaults_.per_host) read_per_host(*defaults_.per_host);
    cores();
    if (defaults_.drift) read_drift(*defaults_.drift);
    on_error();
  }

 private:
  Place place_at(const Node& node) const { return place_of(names_.source(), node); }

  /// Whether the executor is there because of an option, and not what the file says anyway.
  bool is_option() const { return !chosen_.empty() && chosen_ != written_; }

  /// Of the stage's executor, once it is found. An unknown name comes only from an embedder, and is refused when it
  /// runs.
  const ExecutorKind& kind() const {
    static constexpr ExecutorKind kUnknown{};
    const ExecutorKind* found = find_executor(planned_.executor);
    return found != nullptr ? *found : kUnknown;
  }

  /// A word that may read params. Nothing: a diagnostic was reported, here or for its param.
  std::optional<std::string> word(const Node& node, std::string_view what) {
    const auto value = Binding::known(node, {Type::text, Type::any}, what, names_);
    return value ? std::optional<std::string>(*value->as_text()) : std::nullopt;
  }

  bool executor() {
    executor_node_ = stage_.executor ? stage_.executor : defaults_.executor;
    std::optional<std::string> written;
    if (executor_node_) {
      written = word(*executor_node_, "'executor'");
      if (written) {
        if (const NameProblem problem = check_executor(*written, codes::kUnknownExecutor); problem.code) {
          names_.diagnostics.add(problem.code, place_at(*executor_node_), problem.message, {executor_note()});
          written.reset();
        }
      }
      if (!written && chosen_.empty()) return planned_.executor = "process", false;
    }
    planned_.executor = !chosen_.empty()                    ? chosen_
                        : written                           ? *written
                        : falls_back()                      ? options_.fallback_executor
                        : type_ && !type_->executor.empty() ? type_->executor
                                                            : "process";
    written_ = written.value_or("");
    return true;
  }

  bool falls_back() const {
    const ExecutorKind* fallback = find_executor(options_.fallback_executor);
    return !options_.fallback_executor.empty() &&
           (fallback == nullptr || !fallback->threads || !type_ || type_->thread_safe);
  }

  /// That the run may use.
  unsigned all_cores() const {
    return std::clamp(options_.cores > 0 ? options_.cores : usable_cores(), 1u, kMaxWorkers);
  }

  /// A machine with fewer cores gives a task all that it has.
  void cores() {
    if (const Node* node = stage_.cores ? stage_.cores : defaults_.cores) {
      if (const auto text = word(*node, "'cores'"))
        read_number(*node, *text, "'cores'", planned_.cores, "leave the key out if it does not matter");
      planned_.cores = std::min(planned_.cores, all_cores());
    }
  }

  void workers() {
    const unsigned automatic = all_cores();
    planned_.workers = std::max(automatic / std::max(planned_.cores, 1u), 1u);
    const Node* node = stage_.workers ? stage_.workers : defaults_.workers;
    if (node) read_workers(*node, planned_.workers);
    if (kind().chooses && planned_.cores == 0 && !fixes_workers(node))
      planned_.max_workers = max_workers_of_auto(automatic);
    if (kind().parallel) return;
    planned_.workers = 1;
    if (!node) return;
    const bool same_level =
        stage_.workers || !stage_.executor;  // defaults.workers need not fit a stage that says serial
    if (is_option()) {
      if (same_level)
        warnings_.push_back(
            Error{codes::kWorkersIgnored,
                  fmt::format("'workers' of stage '{}' is ignored: {} makes it {}, which is one task at a time",
                              planned_.name, options_.inputs.executor, planned_.executor),
                  place_at(*node),
                  {}});
    } else if (same_level) {
      names_.diagnostics.add(
          codes::kWorkersWithSerial, place_at(*node),
          fmt::format("'workers' does not go with the executor '{}', which runs one task at a time", planned_.executor),
          {"remove 'workers', or name another executor"});
    }
  }

  /// Whether the user has chosen the number of tasks at once: then `auto` does not limit it.
  bool fixes_workers(const Node* node) {
    if (options_.jobs > 0) return true;
    const auto text = node != nullptr ? word(*node, "'workers'") : std::nullopt;
    return node != nullptr && text != "auto";
  }

  /// `auto` is what the executor is about: all in one process for threads, each in its own for processes.
  void per_host() {
    planned_.per_host = kind().threads ? planned_.workers : 1;
    const Node* node = stage_.per_host ? stage_.per_host : defaults_.per_host;
    if (!node) return;
    if (kind().takes_per_host) return read_per_host(*node);
    if (!stage_.per_host || is_option()) return;
    names_.diagnostics.add(codes::kWorkersWithSerial, place_at(*node),
                           fmt::format("'per_host' does not go with the executor '{}', which {}", planned_.executor,
                                       kind().chooses ? "decides what shares a process" : "runs one task in a process"),
                           {"remove 'per_host', or name another executor: thread or process"});
  }

  void read_workers(const Node& node, unsigned automatic) {
    read_count(node, "'workers'", automatic, planned_.workers, "the number of usable cores");
  }

  void read_per_host(const Node& node) {
    read_count(node, "'per_host'", planned_.per_host, planned_.per_host, "all of `thread`, 1 of `process`");
  }

  void read_count(const Node& node, std::string_view what, unsigned automatic, unsigned& count,
                  std::string_view meaning) {
    const auto text = word(node, what);
    if (!text) return;
    if (*text == "auto") return void(count = automatic);
    read_number(node, *text, what, count, fmt::format("write auto for {}", meaning));
  }

  void read_number(const Node& node, const std::string& text, std::string_view what, unsigned& count, std::string fix) {
    Node number = node;
    number.text = text;
    if (number.text != node.text) number.style = Node::Style::plain;  // it came from an expression
    const auto value = read_plain(names_.source(), number, {Type::integer, Type::any}, what, names_.diagnostics);
    if (!value) return;
    if (*value->as_int() < 1 || *value->as_int() > kMaxWorkers)
      names_.diagnostics.add(
          codes::kOutOfRange, place_at(node),
          fmt::format("{} must lie between 1 and {}, this is {}", what, kMaxWorkers, *value->as_int()),
          {std::move(fix)});
    else
      count = static_cast<unsigned>(*value->as_int());
  }

  void on_error() {
    const Node* node = stage_.on_error ? stage_.on_error : defaults_.on_error;
    if (node && node->is_map())
      stop_after(*node);
    else if (node)
      if (const auto chosen = choice(*node, "'on_error'", on_error_words())) planned_.on_error = *chosen;
    if (options_.halt && !planned_.finally && planned_.on_error == OnError::proceed) {
      planned_.on_error = OnError::stop;  // by the count of the run alone
      planned_.stop_after.tasks = std::numeric_limits<std::uint64_t>::max();
    }
    const bool stops = options_.fail_fast && !planned_.finally;
    if (stops && planned_.on_error == OnError::proceed) planned_.on_error = OnError::stop;
  }

  /// A number of tasks, or a part of them all.
  void stop_after(const Node& map) {
    planned_.on_error = OnError::stop;
    const Node* node = map.find("stop_after");
    if (node == nullptr && !map.keys.empty()) return;  // its keys are unknown, as was reported
    if (node == nullptr)
      return names_.diagnostics.add(codes::kMissingKey, place_at(map), "'on_error' has no 'stop_after'",
                                    {"write {stop_after: 10}, {stop_after: 5%}, or one of continue, stop and ignore"});
    const auto text = word(*node, "'stop_after'");
    if (!text) return;
    if (const auto limit = failure_limit(*text)) {
      planned_.stop_after = *limit;
      return;
    }
    names_.diagnostics.add(
        codes::kOutOfRange, place_at(*node),
        fmt::format("'stop_after' is a number of failed tasks from 1, or a part of all tasks from 1% to 100%, not '{}'",
                    escape_for_display(*text)),
        {"write such as 10 or 5%"});
  }

  /// Where tasks run one after the other in a process, and nowhere else, it can be seen which of them has changed it.
  void drift() {
    const Node* node = stage_.drift ? stage_.drift : defaults_.drift;
    if (!node) return;
    if (runs_in_turn(kind(), planned_.per_host)) return read_drift(*node);
    if (!stage_.drift || is_option()) return;
    const bool per_task = kind().worker == ExecutorKind::Worker::process_a_task;
    const char* const where = per_task         ? "each task has a process of its own"
                              : kind().chooses ? "tasks may share a process"
                                               : "tasks share a process";
    names_.diagnostics.add(
        codes::kWorkersWithSerial, place_at(*node),
        fmt::format("'drift' does not go with the executor '{}', where {}", planned_.executor, where),
        {per_task ? "remove 'drift': no task finds what another one has changed"
                  : "remove 'drift', or write 'executor: process' without 'per_host'"});
  }

  void read_drift(const Node& node) {
    if (const auto chosen = choice(node, "'drift'", drift_words())) planned_.drift = *chosen;
  }

  /// Which of `table` it is.
  template <class Choice>
  std::optional<Choice> choice(const Node& node, std::string_view what, WordTable<Choice> table) {
    const auto text = word(node, what);
    if (!text) return std::nullopt;
    if (const auto found = find_word(table, *text)) return found;
    const std::vector<std::string> words = names_of(table);
    names_.diagnostics.add(codes::kNotAChoice, place_at(node),
                           fmt::format("{} is one of {}, not '{}'{}", what, fmt::join(words, ", "),
                                       escape_for_display(*text), did_you_mean(*text, words)));
    return std::nullopt;
  }

  /// Fewer do the same work, so it is no error.
  void check_means() {
    constexpr unsigned kFew = 16;
    const unsigned hosts = (planned_.workers + planned_.per_host - 1) / std::max(planned_.per_host, 1u);
    if (hosts <= kFew) return;
    const std::optional<Excess> excess = beyond_means(machine_means(), hosts, planned_.per_host);
    if (!excess) return;
    const Node* node = stage_.workers ? stage_.workers : defaults_.workers;
    warnings_.push_back(
        Error{codes::kWorkersBeyondMeans,
              fmt::format("stage '{}' asks for {} processes, and this machine has means for about {}: {}",
                          planned_.name, hosts, excess->fits, excess->why),
              node != nullptr ? place_at(*node) : Place{},
              {"use fewer 'workers', or 'executor: thread', whose workers share a process"}});
  }

  void check_thread_safety() {
    if (!type_ || type_->thread_safe || !shares_a_process(planned_)) return;
    const std::string message = fmt::format(
        "task '{}' is not thread-safe, so it cannot run on the executor '{}': its tasks would share one process", task_,
        planned_.executor);
    if (is_option()) {
      names_.diagnostics.add(
          codes::kExecutorNotThreadSafe, {},
          fmt::format("{} {}: stage '{}': {}", options_.inputs.executor, chosen_, planned_.name, message),
          {fmt::format("leave that stage in processes of its own: {} {}=process", options_.inputs.executor,
                       planned_.name)});
      return;
    }
    const Node* near = executor_node_ ? executor_node_ : stage_.task;
    names_.diagnostics.add(codes::kNotThreadSafe, near ? place_at(*near) : Place{}, message,
                           {!kind().threads ? "remove 'per_host', so that each worker has a process of its own"
                                            : "write 'executor: process', where each worker has a process of its own"});
  }

  const StageForm& stage_;
  const StageKeys& defaults_;
  const TaskDescription* type_;
  const std::string& task_;
  const ResolveContext& names_;
  const PlanOptions& options_;
  PlannedStage& planned_;
  std::vector<Error>& warnings_;
  const std::string chosen_;  // by an option; empty: not
  const Node* executor_node_ = nullptr;
  std::string written_;  // in the file
};

}  // namespace

ExecutorOptions::ExecutorOptions(const std::vector<std::pair<std::string, std::string>>& options,
                                 const InputNames& inputs, const KnownStages& stages, Diagnostics& diagnostics) {
  const std::vector<std::string> names = options.empty() ? std::vector<std::string>() : stages.names();
  for (const auto& [stage, executor] : options) {
    if (const NameProblem problem = check_executor(executor, codes::kUnknownExecutorOption); problem.code)
      diagnostics.add(problem.code, {},
                      fmt::format("{} {}: {}", inputs.executor,
                                  escape_for_display(stage.empty() ? executor : fmt::format("{}={}", stage, executor)),
                                  problem.message),
                      {executor_note()});
    else if (!stage.empty() && !stages.find(stage))
      diagnostics.add(codes::kUnknownStageOption, {},
                      fmt::format("{} {}={}: there is no stage '{}'{}", inputs.executor, escape_for_display(stage),
                                  executor, escape_for_display(stage), did_you_mean(stage, names)),
                      {fmt::format("the stages are: {}", fmt::join(names, ", "))});
    else
      options_.emplace_back(stage, executor);
  }
}

std::string ExecutorOptions::of(std::string_view stage) const {
  std::string for_all, for_this;
  for (const auto& [name, executor] : options_) {
    if (name.empty())
      for_all = executor;
    else if (name == stage)
      for_this = executor;
  }
  return for_this.empty() ? for_all : for_this;
}

ChosenBy place_stage(const StageForm& stage, const TaskDescription* type, const std::string& task,
                     const ResolveContext& names, const PlanOptions& options, const ExecutorOptions& executors,
                     PlannedStage& planned, std::vector<Error>& warnings) {
  return ExecutorChoice(stage, type, task, names, options, executors, planned, warnings).place();
}

void check_placing_defaults(const ResolveContext& names, const ExecutorOptions& executors) {
  const StageForm nothing;
  PlannedStage unused;
  std::vector<Error> warnings;
  ExecutorChoice(nothing, nullptr, {}, names, {}, executors, unused, warnings).check_values_of_defaults();
}

}  // namespace ropewalk
