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

Result<std::unique_ptr<KeptFromRecord>> KeptFromRecord::open(const std::filesystem::path& folder, const Plan& plan) {
  auto record = open_record(folder);
  if (!record) return record.error();
  if (const auto whole = (*record)->check(); !whole) return whole.error();
  if (const auto same = compare_stages(**record, plan); !same) return same.error();
  if (const auto dead = wait_for_hosts(**record); !dead) return dead.error();
  std::unique_ptr<KeptFromRecord> kept(new KeptFromRecord(std::move(*record)));
  for (const PlannedStage& stage : plan.stages) kept->stages_.push_back({.name = stage.name});
  return Result<std::unique_ptr<KeptFromRecord>>(std::move(kept));
}

std::optional<Value> KeptFromRecord::run_again(std::uint32_t stage, Why why) {
  ++stages_[stage].again[static_cast<std::size_t>(why)];
  return std::nullopt;
}

std::optional<Value> KeptFromRecord::result(std::uint32_t stage, std::uint64_t index, std::uint64_t key) {
  const auto read = record_->last_attempt(stage, index);
  if (!read) return run_again(stage, Why::unreadable);
  const std::optional<RecordedAttempt>& attempt = *read;
  if (!attempt || attempt->outcome == Outcome::not_started || attempt->outcome == Outcome::cancelled ||
      attempt->outcome == Outcome::skipped)
    return run_again(stage, Why::not_ended);
  if (attempt->outcome != Outcome::succeeded) return run_again(stage, attempt->last ? Why::failed : Why::not_ended);
  if (attempt->key != key) return run_again(stage, Why::changed);
  std::string problem;
  const std::string json = record::result_json(*attempt, problem);
  // A secret that was hidden is not what the next stage needs.
  if (!problem.empty() || json.find(Redaction::kShown) != std::string::npos) return run_again(stage, Why::unreadable);
  std::optional<Value> value = record::recorded_fields(json, problem);
  if (!value) return run_again(stage, Why::unreadable);
  ++stages_[stage].kept;
  return value;
}

std::vector<std::string> KeptFromRecord::notes() const {
  static constexpr std::array<std::string_view, 4> kWhy{"had not ended", "had failed",
                                                        "have other parameters or another plugin now",
                                                        "have a result that is hidden or cannot be read"};
  std::vector<std::string> notes;
  for (const Stage& stage : stages_) {
    std::uint64_t tasks = stage.kept;
    std::string why;
    for (std::size_t i = 0; i < kWhy.size(); ++i) {
      tasks += stage.again[i];
      if (stage.again[i] != 0)
        why += fmt::format("{}{} {}", why.empty() ? "; run again: " : ", ", stage.again[i], kWhy[i]);
    }
    if (tasks != 0)
      notes.push_back(fmt::format("stage '{}': {} of {} tasks kept{}", stage.name, stage.kept, tasks, why));
  }
  return notes;
}

}  // namespace ropewalk
