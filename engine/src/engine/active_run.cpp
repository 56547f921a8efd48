#include "engine/active_run.hpp"

#include "base/cycles.hpp"
#include "base/failpoint.hpp"
#include "choices/cores.hpp"
#include "engine/result_decoder.hpp"

#include <ropewalk/codes.hpp>
#include <ropewalk/version.hpp>

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <ctime>

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

/// `kept`: filled where a run is resumed, with the items of its tasks.
Result<std::unique_ptr<record::RecordWriter>> begin_record(const Plan& plan, const RecordOptions& options,
                                                           unsigned cores, std::function<void()> wake,
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
  session.cores = cores;
  session.version = program_version();
  session.command = record::command_json(options.command, plan);
  return std::make_unique<record::RecordWriter>(std::move(*folder), std::move(session), result_decoder(plan),
                                                std::move(wake));
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

/// Names the workflow among those of the user.
std::string scope_of(const Plan& plan) {
  std::error_code error;
  const std::filesystem::path file = std::filesystem::absolute(plan.file, error).lexically_normal();
  return fmt::format("{} {}", file.string(), plan.workflow);
}

}  // namespace

Result<std::unique_ptr<ActiveRun>> ActiveRun::begin(EngineState& engine, const Plan& plan, Observer& observer,
                                                    const RunOptions& options) {
  if (engine.turns.is_turning())
    return Errors(Error{codes::kPoolInTurn,
                        "an observer cannot begin a run of its own engine",
                        {},
                        {"begin it when the call that steps the engine has returned, or use another engine"}});
  if (engine.runs)
    return Errors(Error{codes::kEngineBusy,
                        "the engine runs another run, and can run one at a time",
                        {},
                        {"wait until it has ended, or use another engine"}});
  std::unique_ptr<ActiveRun> run(new ActiveRun(engine, plan, observer, options));
  if (options.record) {
    auto record = begin_record(
        plan, *options.record, run->cores_, [&engine] { engine.pool.wake(); }, run->kept_, *run->results_);
    if (!record) return record.error();
    run->record_ = std::move(*record);
  }
  run->start();
  return Result<std::unique_ptr<ActiveRun>>(std::move(run));
}

ActiveRun::ActiveRun(EngineState& engine, const Plan& plan, Observer& observer, const RunOptions& options)
    : engine_(engine),
      plan_(plan),
      options_(options),
      cores_(usable_cores()),
      observer_(observer),
      fold_(plan),
      board_executors_(
          engine.pool,
          {.recycling = engine.recycling(), .open_limit_ns = options.open_limit.count(), .closes = options.closes}),
      executors_(board_executors_, cores_, engine.options.description_cache, scope_of(plan), monotonic_ns),
      results_(std::make_shared<ResultStore>(plan, options.keep_results)) {}

void ActiveRun::start() {
  if (kept_) observers_.add(notes_.emplace(*kept_, *record_, plan_.redaction));
  if (record_) observers_.add(*record_);
  observers_.add(fold_);
  observers_.add(observer_);
  if (plan_.redaction) redacting_.emplace(*plan_.redaction, observers_);
  engine_.redaction = plan_.redaction;
  engine_.runs = true;
  engine_.turns.join(*this);
  machine_.emplace(engine_.pool, engine_.stop, record_.get(), cores_,
                   std::int64_t{cores_} == ::sysconf(_SC_NPROCESSORS_ONLN));
  loop_.emplace(plan_, *machine_, executors_, *results_, redacting_ ? static_cast<Observer&>(*redacting_) : observers_);
  loop_->begin({.id = record_ ? record_->id() : new_run_id(),
                .unix_ns = record_ ? record_->started_unix_ns() : unix_ns(),
                .grace_ns = options_.grace.count(),
                // Encoded fields cannot be redacted.
                .report_results = options_.report_results || (record_ && plan_.redaction),
                .pass_fields = record_ && !plan_.redaction,
                .keys = record_ != nullptr,
                .cores = cores_,
                .kept = kept_.get()});
}

ActiveRun::~ActiveRun() {
  if (engine_gone_) return;
  if (!ended_ && loop_) {
    engine_.ask_to_stop(StopLevel::kill_all);
    (void)wait();
  }
  engine_.turns.leave(*this);
}

void ActiveRun::turn() {
  if (loop_->turn()) return;
  (void)ROPEWALK_FAILPOINT("run.end");
  ended_ = true;
  engine_.runs = false;
  engine_.turns.end(*this);
  engine_.stop_was_taken();
}

bool ActiveRun::step() {
  machine_->share_thread();
  engine_.turns.wait(*this, monotonic_ns());
  engine_.turns.turn();
  arm();  // also after its end
  engine_.turns.arm();
  return !ended_;
}

void ActiveRun::finish() {
  while (!ended_) {
    engine_.turns.turn();
    if (!ended_) engine_.turns.wait(*this);
  }
}

RunResult ActiveRun::wait() {
  if (result_) return std::move(*result_);
  finish();
  RunResult result = fold_.result();
  if (kept_) result.resumed = kept_->notes();
  kept_.reset();  // the record becomes one file when its last reader is gone
  if (options_.last && engine_.turns.empty()) {
    loop_.reset();  // it may hold hosts
    engine_.pool.dismiss();
  }
  if (record_) end_record(*record_, result);
  (void)ROPEWALK_FAILPOINT("run.recorded");
  if (options_.keep_results) result.results = results_;
  if (options_.keep_results && plan_.redaction)
    result.results = std::make_shared<RedactedResults>(results_, plan_.redaction);
  return result;
}

Result<int> ActiveRun::fd() {
  if (engine_gone_)
    return Errors(Error{
        codes::kRunIsOver, "the run is over: its engine was destroyed", {}, {"destroy the engine after its runs"}});
  const bool armed = events_.is_open();
  Result<int> fd = events_.open(engine_.pool.fd());
  if (fd && !armed) arm();
  return fd;
}

void ActiveRun::engine_ends() {
  if (!ended_) engine_.ask_to_stop(StopLevel::kill_all);
  result_ = wait();
  loop_.reset();  // nothing of it may reach the engine any more
  engine_gone_ = true;
}

/// For when a step has something to do although nothing happens. What has ended stays readable.
void ActiveRun::arm() {
  if (events_.is_open()) events_.arm(ended_ ? 1 : std::min(loop_->look_again_ns(), engine_.pool.send_again_ns()));
}

}  // namespace ropewalk
