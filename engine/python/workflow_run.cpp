#include "workflow_run.hpp"

#include "errors.hpp"
#include "finished_run.hpp"
#include "options.hpp"
#include "values.hpp"

#include <ropewalk/engine.hpp>
#include <ropewalk/observer_list.hpp>
#include <ropewalk/progress_report.hpp>

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ropewalk::python {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kBetweenLooks(50);  // for signals and at what is to be shown

/// What the progress report wants to show, until this thread has the GIL.
class PendingView final : public ProgressView {
 public:
  PendingView(unsigned width, unsigned height) : width_(width), height_(height) {}

  void frame(const std::vector<std::string>& lines) override { frame_ = lines; }
  void line(std::string_view text) override { lines_.emplace_back(text); }
  void message(std::string_view text) override { lines_.emplace_back(text); }
  unsigned width() override { return width_; }
  unsigned height() override { return height_; }

  /// Calls view(lines, frame); frame is None if it has not changed. With the GIL. False: a Python error.
  bool show(PyObject* view) {
    if (lines_.empty() && !frame_) return true;
    const Ref lines = texts(std::exchange(lines_, {}));
    const Ref frame = frame_ ? texts(*std::exchange(frame_, std::nullopt)) : Ref::borrowed(Py_None);
    if (!lines || !frame) return false;
    return static_cast<bool>(Ref(PyObject_CallFunctionObjArgs(view, lines.get(), frame.get(), nullptr)));
  }

 private:
  const unsigned width_, height_;
  std::vector<std::string> lines_;
  std::optional<std::vector<std::string>> frame_;
};

/// Keeps what RunResult does not have in full.
class Keeper final : public Observer {
 public:
  void tasks_finished(std::int64_t, std::uint32_t stage, std::span<const TaskFinished> tasks) override {
    for (const TaskFinished& task : tasks)
      if (task.last && !task.evidence.empty()) run.evidence[{stage, task.index}] = task.evidence;
  }
  void warning(std::int64_t, const Warning& warning) override { run.warnings.emplace_back(warning.text); }

  FinishedRun run;
};

/// A Python error that is raised later.
class Kept {
 public:
  void fetch() {
    Ref type, value, traceback;
    PyObject *t = nullptr, *v = nullptr, *b = nullptr;
    PyErr_Fetch(&t, &v, &b);
    type = Ref(t), value = Ref(v), traceback = Ref(b);
    if (type_) return;  // the first one counts
    type_ = std::move(type), value_ = std::move(value), traceback_ = std::move(traceback);
  }
  bool restore() {
    if (!type_) return false;
    PyErr_Restore(type_.release(), value_.release(), traceback_.release());
    return true;
  }

 private:
  Ref type_, value_, traceback_;
};

/// What run() is called with, as the engine takes it.
struct Request {
  explicit Request(const Options& options)
      : file(options.text("file")),
        width(static_cast<unsigned>(options.number("width", 100))),
        height(static_cast<unsigned>(options.number("height", 12))),
        live(options.has("live")) {
    engine.programs = options.text("programs");
    for (const std::string& folder : options.texts("plugin_folders")) engine.plugin_folders.emplace_back(folder);
    engine.python = options.text("python");
    engine.description_cache = options.text("description_cache");
    engine.inputs = {.set = "the argument",
                     .set_file = "the argument",
                     .executor = "executors",
                     .stage = "stages",
                     .plugin_folder = "plugin_folders"};
    plan.set = options.texts("set");
    plan.inputs = engine.inputs;
    for (auto& [stage, executor] : options.pairs("executors")) plan.executors.emplace_back(stage, executor);
    plan.stages = options.texts("stages");
    plan.jobs = static_cast<unsigned>(options.number("jobs"));
    run.keep_results = true;
    run.grace = options.duration("grace", run.grace);
    if (options.has("record")) run.record = RecordOptions{.folder = options.text("record"), .command = {}};
  }

  std::string file;
  unsigned width, height;
  bool live;
  EngineOptions engine;
  PlanOptions plan;
  RunOptions run;
};

/// One run, from the first step to the last. Made and used without the GIL, which it takes for signals and the view.
class Driver {
 public:
  Driver(Engine& engine, PyObject* view, PendingView& pending, Kept& kept, GilSwitch& gil)
      : engine_(engine), view_(view), pending_(pending), kept_(kept), gil_(gil) {}

  RunResult drive(Run run) {
    const int fd = run.fd().value();
    while (run.step().value()) {
      pollfd events{.fd = fd, .events = POLLIN, .revents = 0};
      const bool interrupted = ::poll(&events, 1, static_cast<int>(kBetweenLooks.count())) < 0;
      if (interrupted || Clock::now() - looked_ >= kBetweenLooks) look();
    }
    look();
    return run.wait().value();
  }

 private:
  void look() {
    gil_.take();
    if (PyErr_CheckSignals() != 0) stop();
    if (view_ != Py_None && !pending_.show(view_)) stop();
    gil_.drop();
    looked_ = Clock::now();
  }

  void stop() {
    kept_.fetch();
    level_ = std::min(level_ + 1, static_cast<int>(StopLevel::kill_all));
    engine_.stop(static_cast<StopLevel>(level_));
  }

  Engine& engine_;
  PyObject* const view_;
  PendingView& pending_;
  Kept& kept_;
  GilSwitch& gil_;
  int level_ = 0;
  Clock::time_point looked_ = Clock::now();
};

/// Without the GIL, but where the driver takes it.
Result<FinishedRun> run_to_its_end(Request& request, PyObject* view, Kept& kept, GilSwitch& gil) {
  PendingView pending(request.width, request.height);
  Keeper keeper;
  ObserverList observers;
  observers.add(keeper);
  const auto progress = view == Py_None
                            ? nullptr
                            : make_progress_report(pending, request.live ? ProgressStyle::live : ProgressStyle::plain);
  const auto failures = view == Py_None ? nullptr : make_failure_report(pending);
  if (progress) observers.add(*progress), observers.add(*failures);

  Engine engine(std::move(request.engine));
  engine.prepare();
  const Result<Workflow> workflow = load_workflow(request.file);
  if (!workflow) return workflow.error();
  const Result<Plan> plan = engine.plan(*workflow, request.plan);
  if (!plan) return plan.error();
  request.run.last = true;
  Result<Run> run = engine.start(*plan, observers, request.run);
  if (!run) return run.error();
  keeper.run.result = Driver(engine, view, pending, kept, gil).drive(std::move(*run));
  return std::move(keeper.run);
}

}  // namespace

PyObject* run_workflow(PyObject*, PyObject* arguments) {
  PyObject *options = nullptr, *view = nullptr;
  if (PyArg_ParseTuple(arguments, "OO", &options, &view) == 0) return nullptr;
  return guarded([&]() -> PyObject* {
    try {
      Request request{Options(options)};
      Kept kept;
      Result<FinishedRun> run = Errors();
      {
        GilSwitch gil;
        run = run_to_its_end(request, view, kept, gil);
      }
      if (kept.restore()) return nullptr;
      if (!run) return raise(run.error());
      return make_finished_run(std::move(*run));
    } catch (const PythonError&) {
      return nullptr;
    }
  });
}

}  // namespace ropewalk::python
