#include "executors/auto_rules.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace ropewalk::auto_rules {
namespace {

constexpr double kWaits = 0.7;      // below that share of CPU time, more workers than cores may help
constexpr double kClearGain = 1.1;  // another mode must finish so many times as many tasks a second
constexpr std::array<std::pair<Kind, std::string_view>, 3> kNames{
    {{Kind::thread, "thread"}, {Kind::process, "process"}, {Kind::process_per_task, "process-per-task"}}};

const Trial* find(const Situation& now, const Mode& mode) {
  const auto found =
      std::find_if(now.trials.begin(), now.trials.end(), [&](const Trial& trial) { return trial.mode == mode; });
  return found == now.trials.end() ? nullptr : &*found;
}

std::string percent(double share) { return fmt::format("{:.0f}%", 100 * share); }

std::string counted_deaths(const Seen& seen) {
  return fmt::format("{} of {} {} ended {} process", seen.died, seen.attempts, seen.attempts == 1 ? "task" : "tasks",
                     seen.died == 1 ? "its" : "their");
}

/// Whether enough was seen of a mode to compare it.
bool is_complete(const Trial& trial) {
  const Seen& seen = trial.seen;
  if (seen.attempts == 0) return false;
  if (seen.mean_ns() >= kLongNs) return seen.attempts >= trial.mode.workers;
  return seen.window_ns >= kWindowNs && seen.window_attempts >= std::uint64_t{4} * trial.mode.workers;
}

/// Nanoseconds from one end of a task to the next, with all workers of the mode. For short tasks what is lost between
/// tasks counts. The first round of long tasks says it by their run times.
double cost_ns(const Trial& trial) {
  const Seen& seen = trial.seen;
  if (seen.mean_ns() < kLongNs && seen.window_attempts >= std::uint64_t{4} * trial.mode.workers)
    return static_cast<double>(seen.window_ns) / static_cast<double>(seen.window_attempts);
  return static_cast<double>(seen.mean_ns()) / trial.mode.workers;
}

/// Whether the rest of the stage takes long enough for another mode to pay.
bool is_worth_it(const Situation& now, const Trial& trial) {
  if (!now.left) return true;
  const auto left = static_cast<double>(*now.left);
  return *now.left > std::uint64_t{2} * now.stage.workers && left * cost_ns(trial) >= kWorthNs;
}

Seen all_seen(const Situation& now) {
  Seen all;
  for (const Trial& trial : now.trials) {
    all.attempts += trial.seen.attempts;
    all.died += trial.seen.died;
    all.run_ns += trial.seen.run_ns;
    all.cpu_ns += trial.seen.cpu_ns;
    all.core_wait_ns += trial.seen.core_wait_ns;
  }
  return all;
}

std::uint32_t most_workers(const StageFacts& stage, Kind kind) {
  if (kind == Kind::thread) return stage.max_workers;
  return std::max(stage.workers, std::min(stage.max_workers, kProcessesPerCore * std::max(stage.cores, 1u)));
}

/// As many workers as keep the cores busy with tasks that compute for that share of their time.
std::uint32_t workers_for_waiting(const StageFacts& stage, Kind kind, double cpu_share) {
  const double wanted = std::ceil(std::max(stage.cores, 1u) / std::max(cpu_share, 1e-3));
  return static_cast<std::uint32_t>(
      std::clamp<double>(wanted, stage.workers, std::max(most_workers(stage, kind), stage.workers)));
}

Decision settle(const Mode& mode, std::string why, bool lasts = true) { return {mode, true, std::move(why), lasts}; }

/// A crash in a shared process takes other tasks along.
Decision leave_threads(const StageFacts& stage, const Mode& mode, const std::string& how) {
  const std::uint32_t workers = std::min(mode.workers, std::max(most_workers(stage, Kind::process), stage.workers));
  return settle({Kind::process, workers}, how + ", and in a shared process that takes other tasks along");
}

std::string waited_text(double cpu_share) {
  return fmt::format("tasks waited for {} of their time", percent(1 - cpu_share));
}

std::string computed_text(double cpu_share) {
  return fmt::format("tasks computed for {} of their time", percent(cpu_share));
}

/// More workers than cores were tried.
Decision after_wide(const Situation& now, const Trial& wide) {
  if (!is_complete(wide)) return {wide.mode};
  const Trial* before = nullptr;  // the best of the others
  for (const Trial& trial : now.trials)
    if (&trial != &wide && trial.seen.attempts != 0 && (before == nullptr || cost_ns(trial) < cost_ns(*before)))
      before = &trial;
  if (before == nullptr) return settle(wide.mode, waited_text(wide.seen.cpu_share()));
  const double gain = cost_ns(*before) / std::max(cost_ns(wide), 1.0);
  if (gain >= kClearGain)
    return settle(wide.mode,
                  fmt::format("{}, and {} workers finished {:.1f} times as many a second as {}",
                              waited_text(before->seen.cpu_share()), wide.mode.workers, gain, before->mode.workers));
  const Mode processes{Kind::process, now.stage.workers};
  if (now.stage.may_share && now.stage.workers > 1 && now.stage.workers <= kProcessesPerCore * now.stage.cores &&
      find(now, processes) == nullptr && is_worth_it(now, *before))
    return {processes};  // they may wait for each other in a shared process
  return settle(before->mode,
                fmt::format("{}, but {} workers finished no more of them a second than {}",
                            waited_text(before->seen.cpu_share()), wide.mode.workers, before->mode.workers));
}

/// Processes were tried after threads.
Decision after_processes(const Situation& now, const Trial& threads, const Trial& processes) {
  const Seen all = all_seen(now);
  if (processes.seen.died != 0)
    return settle(processes.mode, counted_deaths(all) + ", and a shared process would take other tasks along");
  if (all.attempts == 0) return {processes.mode};
  const bool is_long = all.mean_ns() >= kLongNs;
  if (!(is_long ? all.attempts >= now.stage.workers : is_complete(processes))) return {processes.mode};
  const double cpu_share = is_long ? all.cpu_share() : threads.seen.cpu_share();
  const std::uint32_t wide = workers_for_waiting(now.stage, Kind::thread, cpu_share);
  const bool waits = cpu_share < kWaits;
  const bool was_wide = std::any_of(now.trials.begin(), now.trials.end(),
                                    [&](const Trial& trial) { return trial.mode.workers > now.stage.workers; });
  if (waits && !was_wide && wide > now.stage.workers && is_worth_it(now, processes)) return {{Kind::thread, wide}};
  if (is_long && !was_wide) {
    if (waits) return settle(threads.mode, waited_text(cpu_share) + ", for which threads of one process are enough");
    return settle(
        processes.mode,
        fmt::format("{} and take {}: a process for each worker costs them nothing, and a crash takes no other "
                    "task along",
                    computed_text(cpu_share), duration_text(all.mean_ns() - all.mean_ns() % 1'000'000)));
  }
  if (threads.seen.attempts == 0) return settle(processes.mode, waited_text(cpu_share));
  const double gain = cost_ns(threads) / std::max(cost_ns(processes), 1.0);
  if (gain >= kClearGain)
    return settle(processes.mode, fmt::format("processes finished {:.1f} times as many tasks a second as threads of "
                                              "one process",
                                              gain));
  return settle(threads.mode, fmt::format("processes finished {:.2f} times as many tasks a second, so threads of one "
                                          "process are enough",
                                          gain));
}

/// The first mode is in use, and nothing else was tried.
Decision after_first(const Situation& now, const Trial& first) {
  const StageFacts& stage = now.stage;
  const bool shares = first.mode.kind == Kind::thread;
  const bool is_few = stage.tasks && *stage.tasks <= std::uint64_t{2} * stage.workers;
  if (shares && first.seen.attempts == 0 && stage.workers > 1 && stage.workers <= 2 * stage.cores &&
      now.first_running_ns >= kLongNs) {
    if (is_few)
      return settle({Kind::process, stage.workers},
                    "there are too few tasks to compare modes, and they are long enough for a process each", false);
    return {{Kind::process, stage.workers}};
  }
  if (is_few && shares && first.seen.attempts != 0)
    return settle(first.mode, "there are too few tasks to compare modes, and they are short", false);
  if (!is_complete(first)) return {first.mode};
  const double cpu_share = first.seen.cpu_share();
  if (!is_worth_it(now, first))
    return settle(first.mode, "what was left of the stage was too short for another mode to pay", false);
  const std::uint32_t wide = workers_for_waiting(stage, first.mode.kind, cpu_share);
  if (cpu_share < kWaits && wide > stage.workers) return {{first.mode.kind, wide}};
  if (!shares)
    return settle(first.mode, (cpu_share < kWaits ? waited_text(cpu_share) : computed_text(cpu_share)) +
                                  ", and may not share a process");
  if (stage.workers == 1) return settle(first.mode, "one task runs at a time, for which all modes are alike");
  if (stage.workers > kProcessesPerCore * stage.cores)
    return settle(first.mode,
                  fmt::format("{}, and {} processes would be many for {}",
                              cpu_share < kWaits ? waited_text(cpu_share) : computed_text(cpu_share), stage.workers,
                              stage.cores == 1 ? "a core" : fmt::format("{} cores", stage.cores)));
  return {{Kind::process, stage.workers}};
}

}  // namespace

std::string_view executor_of(Kind kind) {
  return std::find_if(kNames.begin(), kNames.end(), [&](const auto& each) { return each.first == kind; })->second;
}

std::optional<Kind> kind_of(std::string_view executor) {
  for (const auto& [kind, name] : kNames)
    if (name == executor) return kind;
  return std::nullopt;
}

std::string name_of(const Mode& mode) { return fmt::format("{} x{}", executor_of(mode.kind), mode.workers); }

double Seen::cpu_share() const {
  const double had_core =
      static_cast<double>(run_ns) - std::min(static_cast<double>(core_wait_ns), 0.9 * static_cast<double>(run_ns));
  return run_ns == 0 ? 1 : std::clamp(static_cast<double>(cpu_ns) / std::max(had_core, 1.0), 0.0, 1.0);
}

Decision begin(const StageFacts& stage) {
  const Mode processes{Kind::process, stage.workers};
  if (stage.tasks && *stage.tasks <= 1) return settle(processes, "a single task needs a single process", false);
  if (stage.workers <= 1 && stage.max_workers <= 1)
    return settle(processes, "one task runs at a time, for which all modes are alike", false);
  if (!stage.may_share) {
    if (stage.max_workers <= stage.workers) return settle(processes, "its tasks may not share a process", false);
    return {processes};
  }
  return {{Kind::thread, stage.workers}};
}

std::uint64_t at_once(const StageFacts& stage, const Mode& mode, std::uint64_t ended) {
  constexpr std::uint64_t kAny = ~std::uint64_t{0};
  if (mode != Mode{Kind::thread, stage.workers} || stage.workers > 2 * stage.cores) return kAny;
  return ended == 0 ? 1 : std::max<std::uint64_t>(stage.workers, ended);
}

Decision next(const Situation& now) {
  const Trial& current = now.trials.back();
  const Trial* const threads = find(now, {Kind::thread, now.stage.workers});
  if (threads != nullptr && threads->seen.died != 0)
    return leave_threads(now.stage, threads->mode, counted_deaths(threads->seen));
  if (current.mode.workers > now.stage.workers) {
    if (current.mode.kind == Kind::thread && current.seen.died != 0)
      return leave_threads(now.stage, current.mode, counted_deaths(current.seen));
    return after_wide(now, current);
  }
  if (threads != nullptr && current.mode.kind == Kind::process) return after_processes(now, *threads, current);
  return after_first(now, current);
}

void Lately::add(std::uint32_t more_attempts, std::uint32_t more_died) {
  attempts += more_attempts;
  died += more_died;
  while (attempts >= 256) attempts /= 2, died /= 2;
}

std::optional<Decision> after_deaths(const StageFacts& stage, const Mode& mode, const Lately& lately) {
  const std::string how = fmt::format("{} of the last {} tasks ended their process", lately.died, lately.attempts);
  switch (mode.kind) {
    case Kind::thread:
      if (lately.died == 0) return std::nullopt;
      return leave_threads(stage, mode,
                           lately.died == 1 ? std::string("a task ended its process")
                                            : fmt::format("{} tasks ended their process", lately.died));
    case Kind::process:
      // A copy of a process that has loaded the plugin costs a fraction of a new one.
      if (lately.died < 3 || lately.attempts < 8 || lately.died * 8 < lately.attempts) return std::nullopt;
      return settle({Kind::process_per_task, mode.workers}, how + ": a fresh one for each task costs less than that");
    case Kind::process_per_task:
      if (lately.attempts < 64 || lately.died * 20 >= lately.attempts) return std::nullopt;
      return settle({Kind::process, mode.workers}, how + ": most of them can share one in turn");
  }
  return std::nullopt;
}

bool contradicts(const Remembered& remembered, const StageFacts& stage, const Seen& seen) {
  if (seen.attempts < std::uint64_t{2} * std::max(stage.workers, remembered.mode.workers)) return false;
  const double share = seen.cpu_share();
  // Between the two classes lies room for noise.
  if ((remembered.cpu_share < kWaits && share > 0.85) || (remembered.cpu_share >= kWaits && share < 0.5)) return true;
  constexpr double kFactor = 16;
  const auto now = static_cast<double>(std::max<std::int64_t>(seen.mean_ns(), 1'000));
  const auto then = static_cast<double>(std::max<std::int64_t>(remembered.mean_ns, 1'000));
  return now > kFactor * then || then > kFactor * now;
}

}  // namespace ropewalk::auto_rules
