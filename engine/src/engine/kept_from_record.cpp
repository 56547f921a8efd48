#include "engine/kept_from_record.hpp"

#include "base/fd.hpp"
#include "record/recorded_results.hpp"
#include "record/recorded_value.hpp"
#include "values/redaction.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

namespace ropewalk {
namespace {

// The warden kills hosts when their engine is dead; a machine under load takes longer for that.
constexpr std::chrono::seconds kUntilDead{20};
constexpr std::chrono::milliseconds kLookAgain{20};

std::string first_line(const std::string& file) {
  const Fd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  char text[64];
  const std::int64_t size = fd ? read_at(fd.get(), text, sizeof text, 0) : 0;
  const std::string_view all(text, size > 0 ? static_cast<std::size_t>(size) : 0);
  return std::string(all.substr(0, all.find('\n')));
}

/// A number that another program has by now is no host: its name tells.
bool is_host(std::int32_t pid) { return first_line(fmt::format("/proc/{}/comm", pid)) == "ropewalk-host"; }

/// Waits until nothing of the old run is alive.
Result<void> wait_for_hosts(const Record& record) {
  const auto hosts = record.open_hosts();
  if (!hosts) return hosts.error();
  const RecordedRun& run = record.run();
  if (run.sessions.empty() || run.sessions.back().outcome ||
      run.sessions.back().boot_id != first_line("/proc/sys/kernel/random/boot_id"))
    return {};
  const auto until = std::chrono::steady_clock::now() + kUntilDead;
  for (;;) {
    const auto alive = std::find_if(hosts->begin(), hosts->end(), is_host);
    if (alive == hosts->end()) return {};
    if (std::chrono::steady_clock::now() >= until)
      return Errors(Error{codes::kRunStillAlive,
                          fmt::format("process {} of the run '{}' is still alive", *alive, run.id),
                          {},
                          {"wait until it has ended, or kill it"}});
    std::this_thread::sleep_for(kLookAgain);
  }
}

/// The message of a task that no session came to.
constexpr const char* kNotStarted = "the run was stopped before it";

/// "20 run", "1 runs"; behind the first of a sentence the number alone.
std::string verb_of(std::uint64_t tasks, bool first) {
  return fmt::format("{}{}", tasks, !first ? "" : tasks == 1 ? " runs" : " run");
}

Result<void> compare_stages(const Record& record, const Plan& plan) {
  for (const RecordedStage& stage : record.stages()) {
    if (stage.number < plan.stages.size() && plan.stages[stage.number].name == stage.name) continue;
    const auto there = std::find_if(plan.stages.begin(), plan.stages.end(),
                                    [&](const PlannedStage& planned) { return planned.name == stage.name; });
    return Errors(Error{codes::kRecordOtherWorkflow,
                        fmt::format("the run cannot be resumed: its stage '{}' {}", stage.name,
                                    there == plan.stages.end() ? "is not in the workflow any more"
                                                               : "has moved to another place in the workflow"),
                        {},
                        {"undo that change of the workflow, or start a new run"}});
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<KeptFromRecord>> KeptFromRecord::open(const std::filesystem::path& folder, const Plan& plan,
                                                             bool only_failed) {
  auto record = open_record(folder);
  if (!record) return record.error();
  if (const auto whole = (*record)->check(); !whole) return whole.error();
  if (const auto same = compare_stages(**record, plan); !same) return same.error();
  if (const auto dead = wait_for_hosts(**record); !dead) return dead.error();
  std::unique_ptr<KeptFromRecord> kept(new KeptFromRecord(std::move(*record), only_failed));
  for (const PlannedStage& stage : plan.stages) {
    Stage& made = kept->stages_.emplace_back();
    made.name = stage.name;
    for (const StageWait& wait : stage.waits)
      if (wait.streams)
        made.streams_from = wait.on;
      else if (wait.why != StageWait::Why::order)
        made.depends_on.push_back(wait.on);
  }
  for (const RecordedStage& stage : kept->record_->stages())
    kept->stages_[stage.number].was_skipped = stage.outcome == Outcome::skipped;
  return Result<std::unique_ptr<KeptFromRecord>>(std::move(kept));
}

KeptTask KeptFromRecord::find(std::uint32_t stage, std::uint64_t index, std::uint64_t key) {
  Finding found = look_up(stage, index, key);
  Stage& of = stages_[stage];
  if (found.why == Why::succeeded) {
    ++of.kept;
    return {.verdict = KeptTask::Verdict::kept, .fields = std::move(*found.fields)};
  }
  if (only_failed_ && !depends_on_rerun(of, index)) {
    if (found.why == Why::not_ended && !of.was_skipped) {
      ++of.left;
      return {.verdict = KeptTask::Verdict::left, .outcome = found.outcome, .message = std::move(found.message)};
    }
    if (found.why == Why::changed && found.fields) {
      ++of.kept, ++of.kept_changed;
      return {.verdict = KeptTask::Verdict::kept, .fields = std::move(*found.fields)};
    }
  }
  ++of.again[static_cast<std::size_t>(found.why)];
  of.rerun.insert(index);
  return {};
}

/// Whether it reads or needs something that runs again in this session.
bool KeptFromRecord::depends_on_rerun(const Stage& stage, std::uint64_t index) const {
  if (stage.streams_from && stages_[*stage.streams_from].rerun.contains(index)) return true;
  return std::any_of(stage.depends_on.begin(), stage.depends_on.end(),
                     [&](std::uint32_t on) { return !stages_[on].rerun.empty(); });
}

KeptFromRecord::Finding KeptFromRecord::look_up(std::uint32_t stage, std::uint64_t index, std::uint64_t key) const {
  const auto read = record_->last_attempt(stage, index);
  if (!read) return {.why = Why::unreadable};
  const std::optional<RecordedAttempt>& attempt = *read;
  if (!attempt) return {.why = Why::not_ended, .message = kNotStarted};
  switch (attempt->outcome) {
    case Outcome::succeeded: break;
    case Outcome::skipped: return {.why = Why::skipped};
    case Outcome::cancelled:
    case Outcome::not_started: return {.why = Why::not_ended, .outcome = attempt->outcome, .message = attempt->message};
    default: return {.why = Why::failed};
  }
  std::string problem;
  const std::string json = record::result_json(*attempt, problem);
  // A secret that was hidden is not what the next stage needs.
  const bool readable = problem.empty() && json.find(Redaction::kShown) == std::string::npos;
  std::optional<Value> fields = readable ? record::recorded_fields(json, problem) : std::nullopt;
  const Why why = attempt->key != key ? Why::changed : !fields ? Why::unreadable : Why::succeeded;
  return {.why = why, .fields = std::move(fields)};
}

void KeptFromRecord::refused(std::uint32_t stage, std::uint64_t index) {
  --stages_[stage].kept;
  ++stages_[stage].again[static_cast<std::size_t>(Why::unreadable)];
  stages_[stage].rerun.insert(index);
}

std::vector<std::string> KeptFromRecord::notes() const {
  // Of one task, and of several.
  static constexpr std::array<std::pair<const char*, const char*>, kWhys> kWhy{
      {{"", ""},
       {"it had not ended", "they had not ended"},
       {"it had failed", "they had failed"},
       {"it had been skipped", "they had been skipped"},
       {"it has other parameters or another plugin now", "they have other parameters or another plugin now"},
       {"its result is hidden or cannot be read", "their results are hidden or cannot be read"}}};
  std::vector<std::string> notes;
  for (const Stage& stage : stages_) {
    std::uint64_t tasks = stage.kept + stage.left;
    std::string why;
    for (std::size_t i = 0; i < kWhys; ++i) {
      tasks += stage.again[i];
      if (stage.again[i] != 0)
        why += fmt::format("{}{} because {}", why.empty() ? "" : ", ", verb_of(stage.again[i], why.empty()),
                           stage.again[i] == 1 ? kWhy[i].first : kWhy[i].second);
    }
    if (tasks == 0) continue;
    std::string note = fmt::format("stage '{}': {} of {} tasks kept", stage.name, stage.kept, tasks);
    if (stage.kept_changed != 0)
      note += fmt::format(", {} of them although they have other parameters or another plugin now", stage.kept_changed);
    if (!why.empty()) note += "; " + why;
    if (stage.left == 1) note += "; 1 had not ended and is left so";
    if (stage.left > 1) note += fmt::format("; {} had not ended and are left so", stage.left);
    notes.push_back(std::move(note));
  }
  return notes;
}

}  // namespace ropewalk
