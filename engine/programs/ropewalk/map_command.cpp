#include "commands.hpp"

#include "flag_names.hpp"
#include "base/style.hpp"
#include "base/text.hpp"
#include "listeners.hpp"
#include "logger.hpp"
#include "map_workflow.hpp"
#include "named_outputs.hpp"
#include "plan/items.hpp"
#include "plan/scope.hpp"
#include "result_files.hpp"
#include "shell_jobs.hpp"
#include "standard_output.hpp"
#include "stdout_reader.hpp"
#include "workflow/keys.hpp"

#include <ropewalk/codes.hpp>
#include <ropewalk/engine.hpp>
#include <ropewalk/observer_list.hpp>
#include <ropewalk/redaction.hpp>
#include <ropewalk/report_observers.hpp>
#include <ropewalk/sink.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <poll.h>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

namespace ropewalk::cli {
namespace {

constexpr std::size_t kManyBytes = 64 << 10;

/// Null if it cannot be found, which the planner reports.
std::shared_ptr<const Plugin> find_plugin(const std::string& task, Engine& engine) {
  const std::string name = task.substr(0, task.find('.'));
  if (!is_name(name)) return nullptr;
  const auto found = engine.plugin(name);
  return found ? *found : nullptr;
}

/// The workflow is generated, so its diagnostics refer to the command line, and its parts are named only with an
/// expression.
int refuse_mapping(Errors errors, Screen& screen) {
  for (Error& error : errors.list)
    if (!error.code.starts_with("W3")) error.place = {};
  const int code = refuse(errors, screen);
  return code == kInvalid ? kCommandLine : code;
}

/// Prints results unchanged, except that control characters are escaped for a terminal.
class ResultSink final : public Sink {
 public:
  ~ResultSink() override { out_.write(shown(std::exchange(rest_, {}))); }
  bool write(std::string_view bytes) override {
    if (!terminal_) return out_.write(bytes);
    rest_ += bytes;
    const std::size_t whole = rest_.size() - cut_character();
    const std::string text = rest_.substr(0, whole);
    rest_.erase(0, whole);
    return out_.write(shown(text));
  }
  int error() const { return out_.error(); }

 private:
  static std::string shown(const std::string& text) { return for_terminal(text, false); }
  /// The number of bytes at the end that may begin a character.
  std::size_t cut_character() const {
    for (std::size_t back = 1; back <= std::min<std::size_t>(3, rest_.size()); ++back) {
      const auto byte = static_cast<unsigned char>(rest_[rest_.size() - back]);
      if (byte >= 0xC0) return back < (byte >= 0xF0 ? 4u : byte >= 0xE0 ? 3u : 2u) ? back : 0;
      if (byte < 0x80) return 0;
    }
    return 0;
  }

  StandardOutput out_;
  const bool terminal_ = ::isatty(STDOUT_FILENO) == 1;
  std::string rest_;  // of a terminal's: not written yet
};

int run_and_print(const Plan& plan, Engine& engine, ResultReportStyle style, const Options& options, Screen& screen,
                  Signals& signals) {
  ResultSink out;
  StdoutReader reader(engine, screen);
  const auto printer = make_result_report(out, std::move(style), [&] {
    // A disk that is full stops the output, but not the tasks, which may do more than print.
    if (StandardOutput::has_lost_reader())
      reader.leave();
    else if (out.error() == 0)
      engine.stop(StopLevel::kill);
  });
  ObserverList listeners;
  listeners.add(*printer);
  listeners.add(reader);
  // The live frame on the same terminal would overwrite what is printed.
  const bool progress = !screen.live() || ::isatty(STDOUT_FILENO) == 0;
  const int code =
      run_plan(plan, engine, options, screen, signals, {.observer = &listeners, .progress = progress, .pass_on = true});
  if (StandardOutput::has_lost_reader()) return kOutputFailed;
  if (!printer->problem().empty())
    screen.say(fmt::format("ropewalk: a result cannot be kept until it can be printed: {}\n", printer->problem()));
  else if (out.error() != 0)
    screen.say(fmt::format("ropewalk: cannot write to stdout: {}\n", std::strerror(out.error())));
  else
    return code;
  return kOutputFailed;
}

/// Writes results into files, and prints none.
int run_and_keep(const Plan& plan, Engine& engine, const ResultReportStyle& style, const Options& options,
                 Screen& screen, Signals& signals) {
  const auto files = ResultFiles::open(options.map.results_folder, style);
  if (!files) return refuse(files.error(), screen);
  const int code = run_plan(plan, engine, options, screen, signals, {.observer = files->get(), .pass_on = true});
  if ((*files)->problem().empty()) return code;
  screen.say(fmt::format("ropewalk: {}\n", escape_for_display((*files)->problem())));
  return kOutputFailed;
}

/// Waits until more items may be there.
void await_items(const std::string& stream) {
  pollfd input{.fd = stream == "standard input" ? STDIN_FILENO : -1, .events = POLLIN, .revents = 0};
  ::poll(&input, 1, 100);
}

/// --dry-run of commands: the command line of each task, as a shell takes it.
int print_commands(const Plan& plan, Screen& screen) {
  const PlannedStage& stage = plan.stages.front();
  const Scope scope{.params = plan.params, .run_id = "RUN"};
  const auto items = stage.items->open(scope);
  if (!items) return refuse(items.error(), screen), kTaskFailed;
  const std::string stream = stage.items->stream(scope);
  StandardOutput out;
  std::string text, problem;
  const auto flush = [&] { return out.write(std::exchange(text, {})); };
  const auto stopped = [&] {
    if (out.error() == 0) return 0;  // the reader has gone
    screen.say(fmt::format("ropewalk: cannot write to stdout: {}\n", std::strerror(out.error())));
    return kOutputFailed;
  };
  for (std::uint64_t index = 0;; ++index) {
    while (problem.empty() && index >= (*items)->size() && !(*items)->complete()) {
      if (!flush()) return stopped();
      if (!(*items)->grow(index + 1, problem)) break;
      if (index >= (*items)->size() && !(*items)->complete()) await_items(stream);
    }
    Value item;
    if (problem.empty() && index >= (*items)->size()) break;
    if (!problem.empty() || !(*items)->read(index, item, problem)) {
      flush();
      return refuse(Error{codes::kItemsUnreadable, problem}, screen), kTaskFailed;
    }
    const bool fans_out = stage.items->fans_out();
    text += command_line(plan, stage, index, fans_out ? &item : nullptr, scope.run_id) + '\n';
    if (text.size() >= kManyBytes && !flush()) return stopped();
  }
  return flush() ? 0 : stopped();
}

}  // namespace

int map(const Options& options, Screen& screen, Signals& signals) {
  Logger logger(screen, options.verbose);
  Engine engine(engine_options(options, logger));
  engine.prepare();
  const std::string& task = options.arguments.front();
  const auto plugin = find_plugin(task, engine);
  const std::size_t dot = task.find('.');
  const TaskDescription* type =
      plugin && dot != std::string::npos ? plugin->find(std::string_view(task).substr(dot + 1)) : nullptr;

  const auto spec = map_workflow(options, type);
  if (!spec) return refuse_mapping(spec.error(), screen);
  std::vector<std::filesystem::path> inputs;
  for (const auto& [kind, value] : options.map.items)
    if (kind == "lines" || kind == "jsonl") inputs.emplace_back(value);
  for (const TypedList& list : options.map.lists)
    if (!list.file.empty()) inputs.emplace_back(list.file);
  if (const auto good = check_outputs(options, inputs); !good) return refuse(good.error(), screen);
  const auto plan = engine.plan(
      *spec, PlanOptions{.fallback_executor = options.fallback_executor, .jobs = options.jobs, .inputs = flag_names()});
  if (!plan) return refuse_mapping(plan.error(), screen);
  if (const auto used = check_items_are_used(options, plan->stages.front()); !used)
    return refuse_mapping(used.error(), screen);
  const auto style = printed_style(options, plan->stages.front().type());
  if (!style) return refuse_mapping(style.error(), screen);

  if (options.map.print_yaml) {
    const std::string& text = plan->sources.front().text;
    return print(plan->redaction ? plan->redaction->text(text) : text, screen) ? 0 : kOutputFailed;
  }
  if (options.dry_run && task == "shell.run") return print_commands(*plan, screen);
  if (!options.map.results_folder.empty() && !options.dry_run)
    return run_and_keep(*plan, engine, *style, options, screen, signals);
  return uses_stdout(options) ? run_plan(*plan, engine, options, screen, signals, {.pass_on = true})
                              : run_and_print(*plan, engine, *style, options, screen, signals);
}

}  // namespace ropewalk::cli
