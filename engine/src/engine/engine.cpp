// Engine: ties plugins, planner, run loop and hosts together for an embedder.

#include <ropewalk/engine.hpp>

#include "base/program_version.hpp"
#include "engine/kept_from_record.hpp"
#include "engine/program_folder.hpp"
#include "engine/result_decoder.hpp"
#include "executors/board_executors.hpp"
#include "hosts/pool.hpp"
#include "planner/description_checks.hpp"
#include "plugin_files/description_cache.hpp"
#include "plugin_files/inspect.hpp"
#include "plugin_files/search.hpp"
#include "events/fold.hpp"
#include "events/observer_pair.hpp"
#include "events/redacting_observer.hpp"
#include "record/record_writer.hpp"
#include "run/run_loop.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>
#include <sys/random.h>

#include <atomic>
#include <ctime>
#include <map>
#include <optional>
#include <random>
#include <system_error>

namespace ropewalk {
namespace {

/// Sortable by time, unique among the runs of one machine.
std::string new_run_id() {
  static std::atomic<unsigned> count = 0;
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  std::tm utc{};
  ::gmtime_r(&now.tv_sec, &utc);
  return fmt::format("{:04}{:02}{:02}-{:02}{:02}{:02}-{:x}{:x}", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
                     utc.tm_hour, utc.tm_min, utc.tm_sec, static_cast<unsigned>(::getpid()), count++);
}

/// Not std::random_device, which asks CPUID, which a virtual machine answers in 40 us.
std::minstd_rand::result_type random_seed() {
  std::minstd_rand::result_type seed = 0;
  (void)!::getrandom(&seed, sizeof seed, GRND_NONBLOCK);
  return seed;
}

/// The real clocks and the pool's waiting.
class RealMachine final : public Machine {
 public:
  RealMachine(HostPool& pool, const std::atomic<int>& stop, const record::RecordWriter* record)
      : pool_(pool), stop_(stop), record_(record) {}
  std::int64_t now_ns() override { return monotonic_ns(); }
  std::int64_t timer_ns() override { return pool_.now_ns(); }
  std::int64_t suspended_ns() override { return machine_suspended_ns(); }
  bool wait(std::int64_t until_ns) override { return pool_.wait(until_ns); }
  int stop_asked() override { return stop_.load(std::memory_order_acquire); }
  std::string problem() override { return record_ != nullptr ? record_->problem() : std::string(); }
  double random() override {
    if (!chance_) chance_.emplace(random_seed());
    return std::uniform_real_distribution<double>()(*chance_);
  }
  void end_of_turn() override { pool_.take_dead(); }

 private:
  HostPool& pool_;
  const std::atomic<int>& stop_;
  const record::RecordWriter* const record_;  // null: the run is not recorded
  std::optional<std::minstd_rand> chance_;    // most runs need none
};

/// `kept`: filled where a run is resumed, with the items of its tasks.
Result<std::unique_ptr<record::RecordWriter>> begin_record(const Plan& plan, const RecordOptions& options,
                                                           std::function<void()> wake,
                                                           std::unique_ptr<KeptFromRecord>& kept,
                                                           const TaskItems& items) {
  auto folder = options.resume.empty() ? record::RecordFolder::create(options.folder)
                                       : record::RecordFolder::reopen(options.resume);
  if (!folder) return folder.error();
  if (!options.resume.empty()) {
    auto opened = KeptFromRecord::open(folder->path, plan, options.only_failed, items);
    if (!opened) return opened.error();
    kept = std::move(*opened);
  }
  record::SessionStart session = record::session_of(plan);
  session.run_id = folder->id;
  session.run_name = folder->name;
  session.durability = options.durability;
  session.cores = usable_cores();
  session.version = program_version();
  return std::make_unique<record::RecordWriter>(std::move(*folder), std::move(session), result_decoder(plan),
                                                std::move(wake));
}

/// The result of a run that did not begin.
RunResult unrecorded(const Plan& plan, const Errors& why) {
  RunResult result = Fold(plan).result();
  result.broken = true;
  result.why = why.list.front().message;
  result.record_error = why.list.front();
  return result;
}

void end_record(record::RecordWriter& record, RunResult& result) {
  record.finish();
  result.record = record.folder();
  if (const std::string problem = record.problem(); !problem.empty())
    result.record_error =
        Error{codes::kRecordUnwritable,
              fmt::format("the record of the run in '{}' cannot be written: {}", record.folder().string(), problem),
              {},
              {"make room on the disk, or name another folder of records; what is recorded is kept"}};
}

}  // namespace

struct Engine::State {
  State(EngineOptions given, const char* package)
      : options(std::move(given)),
        place(find_program_folder(options.programs, package)),
        descriptions(options.description_cache),
        pool(place.programs, options.scratch_folder, place.searched) {}

  /// `of_workflow`: who runs a workflow has decided to run what it names.
  PluginFolders folders(const std::vector<std::filesystem::path>& of_workflow) const {
    std::vector<PluginFolder> all;
    all.reserve(of_workflow.size() + options.plugin_folders.size());
    for (const std::filesystem::path& folder : of_workflow)
      all.emplace_back(folder, !options.runs_nothing || trusts(folder));
    for (const std::filesystem::path& folder : options.plugin_folders) all.emplace_back(folder, trusts(folder));
    return PluginFolders(all, place.plugins, options.trusts, options.inputs.plugin_folder);
  }
  bool trusts(const std::filesystem::path& folder) const {
    return !options.trusts || options.trusts(std::filesystem::absolute(folder).lexically_normal());
  }
  void log(int level, std::string_view text) const {
    if (options.log) options.log(level, redaction ? redaction->text(text) : std::string(text));
  }
  Result<std::shared_ptr<const Plugin>> describe(const FoundPlugin& found);
  Result<std::shared_ptr<const Plugin>> describe_without_loading(const std::filesystem::path& file,
                                                                 const std::string& identity) const;
  Result<Plugin> load(PluginBuild& build);

  EngineOptions options;
  const ProgramFolder place;
  const DescriptionCache descriptions;
  HostPool pool;
  std::map<std::filesystem::path, std::shared_ptr<const Plugin>> known;  // by their files, as these were last seen
  std::shared_ptr<const Redaction> redaction;                            // of the last plan that was run
  std::atomic<int> stop = 0;
};

Result<std::shared_ptr<const Plugin>> Engine::State::describe(const FoundPlugin& found) {
  const std::filesystem::path& file = found.file;
  Result<PluginInspection> look = inspect_plugin(file, place.programs);
  if (!look) return look.error();
  for (const std::string& warning : look->warnings) log(2, warning);
  if (!found.trusted) return describe_without_loading(file, look->identity);
  std::shared_ptr<const Plugin>& there = known[file];
  if (there && there->identity == look->identity) return there;
  Result<std::shared_ptr<const PluginImage>> image = copy_plugin(*look, file);
  if (!image) return image.error();
  PluginBuild build{.file = file, .identity = std::move(look->identity), .image = std::move(*image)};
  Result<Plugin> plugin = load(build);
  if (!plugin) return plugin.error();
  plugin->path = file;
  plugin->identity = build.identity;
  plugin->image = build.image;
  if (auto wrong = check_description(*plugin); !wrong.empty()) return Errors(std::move(wrong));
  log(0, fmt::format("plugin '{}' {} from {}", plugin->name, plugin->version, file.string()));
  if (there) pool.retire({.file = file, .identity = there->identity, .image = there->image});
  if (!found.shipped) descriptions.keep(*plugin);
  return there = std::make_shared<const Plugin>(std::move(*plugin));
}

Result<std::shared_ptr<const Plugin>> Engine::State::describe_without_loading(const std::filesystem::path& file,
                                                                              const std::string& identity) const {
  std::optional<Plugin> kept = options.runs_nothing ? descriptions.find(file, identity) : std::nullopt;
  if (!kept) return untrusted_folder(file, options.inputs);
  return std::make_shared<const Plugin>(std::move(*kept));
}

/// Falls back to the file if its copy cannot be loaded: a security module may forbid to execute memory, or the plugin
/// may need a file beside it in a way that identity.hpp does not see.
Result<Plugin> Engine::State::load(PluginBuild& build) {
  Result<Plugin> plugin = pool.describe(build);
  if (plugin || !build.image || plugin.error().list.front().code != codes::kPluginDoesNotLoad) return plugin;
  build.image.reset();
  plugin = pool.describe(build);
  if (plugin) log(1, fmt::format("plugin {} is loaded from its file: a copy of it cannot be", build.file.string()));
  return plugin;
}

Engine::Engine(EngineOptions options, const char* package)
    : state_(std::make_unique<State>(std::move(options), package)) {}
Engine::~Engine() = default;

void Engine::prepare() { state_->pool.prepare(); }
void Engine::dismiss() { state_->pool.dismiss(); }

Result<std::shared_ptr<const Plugin>> Engine::plugin(std::string_view name,
                                                     const std::vector<std::filesystem::path>& folders) {
  const Result<FoundPlugin> found = state_->folders(folders).find(name);
  if (!found && !state_->place.found) return no_programs(state_->place);  // nor can those that ship be found then
  if (!found) return found.error();
  return state_->describe(*found);
}

std::vector<std::string> Engine::names(const std::vector<std::filesystem::path>& folders) {
  return state_->folders(folders).names();
}

Result<std::shared_ptr<const Plugin>> Engine::plugin_file(const std::filesystem::path& file) {
  return state_->describe({.file = std::filesystem::absolute(file)});
}

RunResult Engine::run(const Plan& plan, const RunOptions& options) {
  Observer nobody;
  return run(plan, nobody, options);
}

RunResult Engine::run(const Plan& plan, Observer& observer, const RunOptions& options) {
  std::unique_ptr<record::RecordWriter> record;
  std::unique_ptr<KeptFromRecord> kept;
  const auto results = std::make_shared<ResultStore>(plan, options.keep_results);
  if (options.record) {
    auto begun = begin_record(
        plan, *options.record, [this] { state_->pool.wake(); }, kept, *results);
    if (!begun) return unrecorded(plan, begun.error());
    record = std::move(*begun);
  }
  Fold fold(plan);
  ObserverPair told(fold, observer);
  std::optional<ObserverPair> recorded;
  if (record) recorded.emplace(*record, told);
  Observer& both = recorded ? static_cast<Observer&>(*recorded) : told;
  std::optional<RedactingObserver> redacting;
  if (plan.redaction) redacting.emplace(*plan.redaction, both);
  state_->redaction = plan.redaction;
  RealMachine machine(state_->pool, state_->stop, record.get());
  BoardExecutors executors(state_->pool, {.recycling = {.after_tasks = state_->options.recycle_after_tasks,
                                                        .above_bytes = state_->options.recycle_above_bytes},
                                          .open_limit_ns = options.open_limit_ns,
                                          .closes = options.closes});
  RunLoop(plan, machine, executors, *results, redacting ? static_cast<Observer&>(*redacting) : both)
      .run({.id = record ? record->id() : new_run_id(),
            .grace_ns = options.grace_ns,
            // Encoded fields cannot be redacted.
            .report_results = options.report_results || (record && plan.redaction),
            .pass_fields = record && !plan.redaction,
            .keys = record != nullptr,
            .kept = kept.get()});
  state_->stop.store(0, std::memory_order_release);
  RunResult result = fold.result();
  if (kept) result.resumed = kept->notes();
  kept.reset();  // the record becomes one file when nobody reads it
  if (record) end_record(*record, result);
  if (options.keep_results) result.results = results;
  if (options.keep_results && plan.redaction)
    result.results = std::make_shared<RedactedResults>(results, plan.redaction);
  return result;
}

void Engine::stop(StopLevel level) noexcept {
  int now = state_->stop.load(std::memory_order_relaxed);
  while (now < static_cast<int>(level) &&
         !state_->stop.compare_exchange_weak(now, static_cast<int>(level), std::memory_order_release)) {
  }
  state_->pool.wake();
}

void Engine::freeze() { state_->pool.freeze(); }

void Engine::thaw() {
  state_->pool.thaw();
  state_->pool.wake();
}

}  // namespace ropewalk
