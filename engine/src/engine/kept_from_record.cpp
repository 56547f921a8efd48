#include "engine/kept_from_record.hpp"

#include "base/text.hpp"
#include "engine/leftovers.hpp"
#include "engine/stage_changes.hpp"
#include "record/recorded_results.hpp"
#include "record/recorded_value.hpp"

#include <ropewalk/codes.hpp>
#include <ropewalk/json.hpp>
#include <ropewalk/redaction.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace ropewalk {
namespace {

/// The message of a task that no session came to.
constexpr const char* kNotStarted = "the run was stopped before it";

/// "20 run", "1 runs"; behind the first of a sentence the number alone.
std::string verb_of(std::uint64_t tasks, bool first) {
  return fmt::format("{}{}", tasks, !first ? "" : tasks == 1 ? " runs" : " run");
}

/// A file that was replaced by another workflow is not what the run was of.
Result<void> compare_stages(const std::vector<KeptFromRecord::Stage>& stages, const Record& record) {
  if (record.stages().empty() ||
      std::any_of(stages.begin(), stages.end(), [](const auto& stage) { return stage.recorded.has_value(); }))
    return {};
  return Errors(Error{codes::kRecordOtherWorkflow,
                      fmt::format("the run cannot be resumed: the workflow has none of its stages any more ('{}', ...)",
                                  record.stages().front().name),
                      {},
                      {"restore the workflow, or start a new run"}});
}

std::string joined(const std::vector<std::string>& all) { return fmt::format("{}", fmt::join(all, " and ")); }

}  // namespace

Result<std::unique_ptr<KeptFromRecord>> KeptFromRecord::open(const std::filesystem::path& folder, const Plan& plan,
                                                             bool only_failed, const TaskItems& items) {
  auto record = open_record(folder);
  if (!record) return record.error();
  if (const auto whole = (*record)->check(); !whole) return whole.error();
  std::unique_ptr<KeptFromRecord> kept(new KeptFromRecord(std::move(*record), plan, only_failed, items));
  kept->match_stages();
  if (const auto same = compare_stages(kept->stages_, *kept->record_); !same) return same.error();
  if (const auto dead = end_leftovers(*kept->record_); !dead) return dead.error();
  if (const auto good = kept->compare_texts(); !good) return good.error();
  return Result<std::unique_ptr<KeptFromRecord>>(std::move(kept));
}

/// By their names: a stage may have moved, and another may stand in its place.
void KeptFromRecord::match_stages() {
  std::map<std::string_view, const RecordedStage*> recorded;
  for (const RecordedStage& stage : record_->gone_stages()) recorded.emplace(stage.name, &stage);
  for (const RecordedStage& stage : record_->stages()) recorded.emplace(stage.name, &stage);
  for (const PlannedStage& stage : plan_.stages) {
    Stage& made = stages_.emplace_back();
    for (const StageWait& wait : stage.waits)
      if (wait.streams)
        made.streams_from = wait.on;
      else if (wait.why != StageWait::Why::order)
        made.depends_on.push_back(wait.on);
    const auto found = recorded.find(stage.name);
    made.finally = stage.finally;
    if (found == recorded.end()) continue;
    made.recorded = found->second->number;
    made.was_skipped = found->second->outcome == Outcome::skipped;
  }
}

/// Notes what cannot be read, and what was edited since the last session.
Result<void> KeptFromRecord::compare_texts() {
  if (!record_->run().log_damage.empty()) texts_.push_back(record_->run().log_damage);
  std::vector<const PlannedStage*> added;
  std::vector<std::string> edits;
  for (std::size_t i = 0; i < stages_.size(); ++i) {
    const PlannedStage& now = plan_.stages[i];
    if (!stages_[i].recorded) {
      added.push_back(&now);
      continue;
    }
    const std::uint32_t place = *stages_[i].recorded;
    if (place >= record_->stages().size()) continue;
    const std::vector<std::string> keys = edited_keys(record_->stages()[place], now, plan_);
    if (!keys.empty()) edits.push_back(fmt::format("'{}' ({})", now.name, fmt::join(keys, ", ")));
  }
  if (!edits.empty())
    texts_.push_back(fmt::format("the workflow was edited since the last session: {}", fmt::join(edits, ", ")));
  for (const RecordedStage& stage : record_->stages())
    if (const auto good = note_if_gone(stage, added); !good) return good;
  for (const PlannedStage* stage : added) texts_.push_back(fmt::format("stage '{}' is new", stage->name));
  return {};
}

/// Takes the stage that it was renamed to, if there is one, from `added`.
Result<void> KeptFromRecord::note_if_gone(const RecordedStage& stage, std::vector<const PlannedStage*>& added) {
  const auto is_it = [&](const PlannedStage& planned) { return planned.name == stage.name; };
  if (std::any_of(plan_.stages.begin(), plan_.stages.end(), is_it) || plan_.unselected.contains(stage.name)) return {};
  std::uint64_t results = 0;
  const auto read = record_->visit(
      stage.number, [&](const RecordedAttempt& attempt) { results += attempt.outcome == Outcome::succeeded; });
  if (!read) return read.error();
  std::string note = fmt::format("stage '{}' is not in the workflow any more: its {} in the record", stage.name,
                                 results == 1 ? std::string("result stays") : fmt::format("{} results stay", results));
  const auto renamed = std::find_if(added.begin(), added.end(),
                                    [&](const PlannedStage* planned) { return is_alike(stage, *planned, plan_); });
  if (renamed != added.end()) {
    note += fmt::format(
        "; '{}' is new and has the same task and parameters: if it is that stage, name it '{}' to keep "
        "its results",
        (*renamed)->name, stage.name);
    added.erase(renamed);
  }
  texts_.push_back(std::move(note));
  return {};
}

KeptTask KeptFromRecord::find(std::uint32_t stage, std::uint64_t index, std::optional<std::uint64_t> key,
                              std::span<const TaskFile> files) {
  Finding found = look_up(stage, index, key, files);
  Stage& of = stages_[stage];
  if (of.finally && depends_on_rerun(of, index)) {
    if (found.why == Why::succeeded) found.why = Why::others_ran;
    return run_again(stage, index, found), KeptTask();
  }
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
  run_again(stage, index, found);
  return {};
}

void KeptFromRecord::run_again(std::uint32_t stage, std::uint64_t index, const Finding& found) {
  // Of one task, and of several.
  static constexpr std::array<std::pair<const char*, const char*>, 6> kWhy{
      {{"it had not ended", "they had not ended"},
       {"it had failed", "they had failed"},
       {"it had been skipped", "they had been skipped"},
       {"its result is hidden or cannot be read", "their results are hidden or cannot be read"},
       {"other stages ran", "other stages ran"},
       {"", ""}}};
  Stage& of = stages_[stage];
  of.rerun.insert(index);
  const auto& [one, several] = kWhy.at(static_cast<std::size_t>(found.why));
  std::string why = one, of_several = several;
  if (found.file) {
    why = found.file->text;
    of_several = found.file->role == FileRole::reads ? "files that they read changed" : "files that they write changed";
  } else if (found.keyless && found.why == Why::changed) {
    of_several = why = "secrets may be in the results that its stage reads";
  } else if (found.why == Why::changed) {
    of_several = why = change_of(stage, index, found);
  }
  const auto same = [&](const Reason& reason) { return reason.several == of_several; };
  const auto reason = std::find_if(of.again.begin(), of.again.end(), same);
  if (reason != of.again.end())
    ++reason->tasks;
  else
    of.again.push_back({.one = std::move(why), .several = std::move(of_several), .tasks = 1});
}

/// Why a task that has succeeded has another key now.
std::string KeptFromRecord::change_of(std::uint32_t stage, std::uint64_t index, const Finding& found) {
  Stage& of = stages_[stage];
  auto known = of.changes.find(found.session);
  if (known == of.changes.end()) {
    const auto setup = record_->setup(found.session);
    known = of.changes
                .emplace(found.session, setup ? joined(key_changes(*setup, plan_, plan_.stages[stage])) : std::string())
                .first;
  }
  // What was edited explains other items too, and so do other results.
  if (!known->second.empty()) return known->second;
  if (depends_on_rerun(of, index)) return "results that it reads changed";
  const std::optional<Value> item = items_.item_of(stage, index);
  if (item && !found.item.empty() && to_json(plan_.redaction ? plan_.redaction->value(*item) : *item) != found.item)
    return "its item changed";
  return "parameters changed";
}

/// Whether it reads or needs something that runs again in this session.
bool KeptFromRecord::depends_on_rerun(const Stage& stage, std::uint64_t index) const {
  if (stage.streams_from && stages_[*stage.streams_from].rerun.contains(index)) return true;
  return std::any_of(stage.depends_on.begin(), stage.depends_on.end(),
                     [&](std::uint32_t on) { return !stages_[on].rerun.empty(); });
}

KeptFromRecord::Finding KeptFromRecord::look_up(std::uint32_t stage, std::uint64_t index,
                                                std::optional<std::uint64_t> key,
                                                std::span<const TaskFile> files) const {
  if (!stages_[stage].recorded) return {.why = Why::not_ended, .message = kNotStarted};
  const auto read = record_->last_attempt(*stages_[stage].recorded, index);
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
  Why why = !key || attempt->key != key ? Why::changed : !fields ? Why::unreadable : Why::succeeded;
  std::optional<FileChange> file;
  if (why == Why::succeeded && !files.empty()) {
    const auto then = record_->files(*stages_[stage].recorded, index, attempt->attempt);
    if (!then) return {.why = Why::unreadable};
    file = file_change(*then, files, plan_.stages[stage].inputs);
    if (file) why = Why::changed;
  }
  return {.why = why,
          .session = attempt->session,
          .item = attempt->item,
          .fields = std::move(fields),
          .file = std::move(file),
          .keyless = !key};
}

void KeptFromRecord::refused(std::uint32_t stage, std::uint64_t index) {
  --stages_[stage].kept;
  run_again(stage, index, {.why = Why::unreadable});
}

std::string KeptFromRecord::note_of(std::uint32_t number) const {
  const Stage& stage = stages_[number];
  std::uint64_t tasks = stage.kept + stage.left;
  std::string why;
  for (const Reason& reason : stage.again) {
    tasks += reason.tasks;
    why += fmt::format("{}{} because {}", why.empty() ? "; " : ", ", verb_of(reason.tasks, why.empty()),
                       reason.tasks == 1 ? reason.one : reason.several);
  }
  if (tasks == 0) return {};
  std::string note = fmt::format("stage '{}': {} of {} tasks kept", plan_.stages[number].name, stage.kept, tasks);
  if (stage.kept_changed != 0)
    note += fmt::format(", {} of them although their parameters, plugin or files changed", stage.kept_changed);
  note += why;
  if (stage.left == 1) note += "; 1 had not ended and is left so";
  if (stage.left > 1) note += fmt::format("; {} had not ended and are left so", stage.left);
  return note;
}

std::vector<std::string> KeptFromRecord::notes() const {
  std::vector<std::string> notes = texts_;
  for (std::uint32_t stage = 0; stage < stages_.size(); ++stage)
    if (std::string note = note_of(stage); !note.empty()) notes.push_back(std::move(note));
  return notes;
}

}  // namespace ropewalk
