// Engine: ties plugins, planner, run loop and hosts together for an embedder.

#include <ropewalk/engine.hpp>

#include "engine/active_run.hpp"
#include "engine/engine_state.hpp"
#include "events/fold.hpp"
#include "planner/description_checks.hpp"
#include "plugin_files/inspect.hpp"
#include "plugin_files/interpreter.hpp"
#include "plugin_files/python_file.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <optional>
#include <system_error>

namespace ropewalk {
namespace {

// Python reads and compiles what a plugin imports, often from a cold disk.
constexpr std::chrono::seconds kLibraryLoadTimeout{2}, kPythonLoadTimeout{20};

/// A plugin as a host described it, with what it was loaded from. Errors: there is none, or it cannot be used.
Result<Plugin> checked(Result<Plugin> plugin, const PluginBuild& build) {
  if (!plugin) return plugin;
  plugin->path = build.file;
  plugin->identity = build.identity;
  plugin->image = build.image;
  if (auto wrong = check_description(*plugin); !wrong.empty()) return Errors(std::move(wrong));
  return plugin;
}

Error no_python_package(const std::filesystem::path& plugin, const ProgramFolder& place) {
  return {codes::kNoPython,
          fmt::format("plugin {} is written in Python, and the package that runs it is not in {}", plugin.string(),
                      place.python.string()),
          {},
          {"install the component 'python' of Ropewalk (the Debian package python3-ropewalk)"}};
}

}  // namespace

Result<std::shared_ptr<const Plugin>> EngineState::describe(const FoundPlugin& found, const PluginRequest& request) {
  const std::filesystem::path& file = found.file;
  Result<PluginInspection> look = inspect_plugin(file, place.programs);
  if (!look) return look.error();
  for (const std::string& warning : look->warnings) log(LogLevel::warning, warning);
  PluginBuild build{.file = file, .identity = look->identity};
  std::string interpreter_choice;
  if (is_python_file(file)) {
    if (std::error_code error; !std::filesystem::exists(place.python / "ropewalk/_boot.py", error))
      return no_python_package(file, place);
    Result<Interpreter> python = find_interpreter(file, look->file.get(), {request.python, options.python});
    if (!python) return python.error();
    build.identity += " " + python->identity;
    build.interpreter = std::move(python->program);
    interpreter_choice = std::move(python->chosen_by);
  }
  if (!found.trusted) return describe_without_loading(file, build.identity);
  KnownPlugin& there = known[{file, build.interpreter}];
  if (there.plugin && there.identity == build.identity) return there.plugin;
  Result<std::shared_ptr<const PluginImage>> image = copy_plugin(*look, file);
  if (!image) return image.error();
  build.image = std::move(*image);
  Result<Plugin> plugin = checked(load(build, request), build);
  if (!plugin) return plugin.error();
  plugin->interpreter_choice = std::move(interpreter_choice);
  if (plugin->interpreter != build.interpreter) take_real_interpreter(*plugin, build);
  log(LogLevel::debug, fmt::format("plugin '{}' {} from {}", plugin->name, plugin->version, file.string()));
  if (there.plugin) pool.retire(build_of(*there.plugin));
  if (!found.shipped) descriptions.keep(*plugin);
  there = {build.identity, std::make_shared<const Plugin>(std::move(*plugin))};
  return there.plugin;
}

/// A launcher, such as a shim of pyenv, has started another interpreter. Later hosts are started without the launcher,
/// and the identity covers both.
void EngineState::take_real_interpreter(Plugin& plugin, const PluginBuild& asked) {
  if (plugin.interpreter.empty()) {
    plugin.interpreter = asked.interpreter;
    return;
  }
  plugin.identity += " " + identity_of_interpreter(plugin.interpreter);
  pool.retire(asked);
}

/// The file of this program stays the same while the engine lives.
Result<std::shared_ptr<const Plugin>> EngineState::describe_linked(const ropewalk_linked_plugin& linked) {
  const std::string name = linked.name;
  if (const std::filesystem::path shipped = plugin_in(place.plugins, name); !shipped.empty())
    return ships_as_well(name, shipped);
  std::shared_ptr<const Plugin>& there = known_linked[name];
  if (there) return there;
  Result<PluginBuild> build = build_of_program(linked);
  if (!build) return build.error();
  Result<Plugin> plugin = checked(pool.describe(*build, load_limit_ns(*build, {})), *build);
  if (!plugin) return plugin.error();
  log(LogLevel::debug, fmt::format("plugin '{}' {} is linked into {}", name, plugin->version, build->file.string()));
  return there = std::make_shared<const Plugin>(std::move(*plugin));
}

Result<std::shared_ptr<const Plugin>> EngineState::describe_without_loading(const std::filesystem::path& file,
                                                                            const std::string& identity) const {
  std::optional<Plugin> kept = options.runs_nothing ? descriptions.find(file, identity) : std::nullopt;
  if (!kept) return untrusted_folder(file, options.inputs);
  return std::make_shared<const Plugin>(std::move(*kept));
}

/// Falls back to the file if its copy cannot be loaded: a security module may forbid to execute memory, or the plugin
/// may need a file beside it in a way that identity.hpp does not see. A file in Python is read, and found by its path.
Result<Plugin> EngineState::load(PluginBuild& build, const PluginRequest& request) {
  const std::int64_t limit_ns = load_limit_ns(build, request);
  Result<Plugin> plugin = pool.describe(build, limit_ns);
  if (plugin || !build.image || !build.interpreter.empty() ||
      plugin.error().list.front().code != codes::kPluginDoesNotLoad)
    return plugin;
  build.image.reset();
  plugin = pool.describe(build, limit_ns);
  if (plugin)
    log(LogLevel::info, fmt::format("plugin {} is loaded from its file: a copy of it cannot be", build.file.string()));
  return plugin;
}

std::int64_t EngineState::load_limit_ns(const PluginBuild& build, const PluginRequest& request) const {
  if (request.load_timeout.count() != 0) return request.load_timeout.count();
  if (options.load_timeout.count() != 0) return options.load_timeout.count();
  return std::chrono::nanoseconds(build.interpreter.empty() ? kLibraryLoadTimeout : kPythonLoadTimeout).count();
}

void EngineState::ask_to_stop(StopLevel level) noexcept {
  int now = stop.load(std::memory_order_relaxed);
  while (now < static_cast<int>(level) &&
         !stop.compare_exchange_weak(now, static_cast<int>(level), std::memory_order_release)) {
  }
  pool.wake();
}

void EngineState::stop_was_taken() {
  const int level = stop.load(std::memory_order_acquire);
  if (level != 0)
    for (TakesTurns* other : turns.all()) other->take_stop(static_cast<StopLevel>(level));
  stop.store(0, std::memory_order_release);
}

Engine::Engine(EngineOptions options, const char* package)
    : state_(std::make_unique<EngineState>(std::move(options), package)) {}
Engine::~Engine() = default;

void Engine::prepare() { state_->pool.prepare(); }
void Engine::dismiss() {
  if (state_->turns.empty()) state_->pool.dismiss();
}

Result<std::shared_ptr<const Plugin>> Engine::plugin(std::string_view name, const PluginRequest& request) {
  const Result<const ropewalk_linked_plugin*> linked = find_linked(linked_plugins(), name);
  if (!linked) return linked.error();
  if (*linked != nullptr) return state_->describe_linked(**linked);
  const Result<FoundPlugin> found = state_->folders(request.folders).find(name);
  if (found) return state_->describe(*found, request);
  if (!state_->place.found) return no_programs(state_->place);  // nor can those that ship be found then
  Errors errors = found.error();
  if (const std::vector<std::string> names = names_of(linked_plugins()); !names.empty())
    errors.list.front().notes.push_back(fmt::format("linked into this program: {}", fmt::join(names, ", ")));
  return errors;
}

std::vector<std::string> Engine::names(const std::vector<std::filesystem::path>& folders) {
  std::vector<std::string> names = state_->folders(folders).names(), linked = names_of(linked_plugins()), all;
  std::set_union(names.begin(), names.end(), linked.begin(), linked.end(), std::back_inserter(all));
  return all;
}

Result<std::shared_ptr<const Plugin>> Engine::plugin_file(const std::filesystem::path& file) {
  return state_->describe({.file = std::filesystem::absolute(file)});
}

Result<Run> Engine::start(const Plan& plan, Observer& observer, const RunOptions& options) {
  auto begun = ActiveRun::begin(*state_, plan, observer, options);
  if (!begun) return begun.error();
  return Run(std::move(*begun));
}

RunResult Engine::run(const Plan& plan, Observer& observer, const RunOptions& options) {
  auto begun = ActiveRun::begin(*state_, plan, observer, options);
  if (begun) return (*begun)->wait();
  RunResult result = Fold(plan).result();
  result.broken = true;
  const Errors why = begun.error();
  result.why = why.list.front().message;
  if (why.list.front().code != codes::kEngineBusy && why.list.front().code != codes::kPoolInTurn)
    result.record_error = why.list.front();
  return result;
}

RunResult Engine::run(const Plan& plan, const RunOptions& options) {
  Observer nobody;
  return run(plan, nobody, options);
}

void Engine::stop(StopLevel level) noexcept { state_->ask_to_stop(level); }

void Engine::freeze() { state_->pool.freeze(); }

void Engine::thaw() {
  state_->pool.thaw();
  state_->pool.wake();
}

}  // namespace ropewalk
