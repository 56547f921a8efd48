// The half of BoardExecutor that reads what workers published and what their deaths mean.

#include "base/demangle.hpp"
#include "base/text.hpp"
#include "executors/board_executor.hpp"
#include "plugin_files/identity.hpp"

#include <ropewalk/codes.hpp>
#include <ropewalk/sdk/abi.h>

#include <fmt/format.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <cstring>

namespace ropewalk {
namespace {

using board::RecordHead;
using board::RecordType;

constexpr double kRingEveryNs = 1e6;
constexpr std::size_t kMinKept = 1 << 20;  // bytes of a result that is worth a descriptor of the engine's
constexpr std::size_t kSpan = 2048;  // attempts told at once
constexpr std::uint32_t kMaxAhead = 8192;
constexpr std::size_t kMaxEvidence = 16 << 10;
constexpr std::size_t kLastWords = 5;  // lines that are kept for the evidence of a crash: logged, and printed
constexpr std::size_t kLastPrinted = 2 << 10;  // bytes

FailureKind kind_of(std::uint32_t code) {
  if (code == ROPEWALK_FAIL_NO_ROOM) return FailureKind::transient;
  return code == ROPEWALK_FAIL_TRANSIENT ? FailureKind::transient : code == ROPEWALK_FAIL_PERMANENT ? FailureKind::permanent : FailureKind::error;
}

bool found_no_room(const RecordHead& head) { return head.type == RecordType::error && head.code == ROPEWALK_FAIL_NO_ROOM; }

/// A host says anything.
std::string name_of_function(std::string_view text) {
  const bool good = text.size() <= 32 && text.find_first_not_of("abcdefghijklmnopqrstuvwxyz_.") == std::string_view::npos;
  return good ? std::string(text) : "?";
}

/// The last lines of what a process printed.
std::vector<std::string_view> last_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty() && lines.size() < kLastWords) {
    if (text.back() == '\n') text.remove_suffix(1);
    const std::size_t start = text.find_last_of('\n') + 1;  // npos + 1: the beginning
    lines.push_back(text.substr(start));
    text = text.substr(0, start);
  }
  std::reverse(lines.begin(), lines.end());
  return lines;
}

std::string evidence_of(const std::string& backtrace, const std::deque<std::string>& last_words, std::string_view printed) {
  std::string lines = backtrace;
  for (const std::string& words : last_words) lines.append("log: ").append(words).push_back('\n');
  for (const std::string_view line : last_lines(printed)) lines.append("printed: ").append(line).push_back('\n');
  return lines;
}

/// The end of what the process of a lane's task printed.
std::string printed_by(const std::unique_ptr<KeptOutput>& output) {
  if (!output) return {};
  const KeptStream stream = output->of(OutputStream::process);
  return stream.whole() ? stream.head + stream.tail : stream.tail;
}

}  // namespace

void BoardExecutor::drain_slot(HostSlot& slot, ExecutorListener& listener) {
  HostProcess& host = *slot.host;
  // It may be quicker than the warden's word of it, which is on its way and wakes the engine again.
  if (host.pid() == 0 && !host.dead()) return;
  if (!slot.start_reported && host.pid() != 0 && host.spawn_error().empty()) {
    slot.start_reported = true;
    listener.host_started(host.pid(), static_cast<std::uint32_t>(slot.lanes.size()));
  }
  if (placement_.host_per_task && host.threads_after_loading() > 1 && !std::exchange(reported_threads_, true))
    listener.warning(fmt::format("stage '{}': plugin '{}' starts threads when it is loaded, so that its process cannot be forked: each task "
                                 "gets a freshly started one, which takes some milliseconds",
                                 stage_.name, stage_.plugin->name));
  if (slot.lanes.size() > host.workers()) leave_out_workers(slot);
  std::int64_t alive_ns = 0;  // read where something has ended
  for (std::uint32_t worker = 0; worker < slot.lanes.size(); ++worker) {
    Lane& lane = slot.lanes[worker];
    std::size_t first_unread = ended_.size();
    std::int64_t run_ns = 0, count = 0;
    bool again = false;
    int rounds = 0;
    do {
      const std::size_t records = lane.dealer->drain(arena_, [&](const RecordHead& head, std::string_view payload) {
        if (head.type != RecordType::result && head.type != RecordType::error) return take_message(slot, lane, head, payload, listener);
        if (found_no_room(head) && wait_for_room(slot, lane, head, payload)) return;
        if (alive_ns == 0) alive_ns = longest_since(slot.leased_ns);
        end_attempt(slot, lane, worker, head, payload, alive_ns);
        run_ns += ended_.back().run_ns;
        ++count;
        if (head.cpu_ns != board::kNoReading) share_cpu(lane, head, first_unread, alive_ns), first_unread = ended_.size();
        if (ended_.size() >= kSpan) {
          for (std::size_t i = first_unread; i < ended_.size(); ++i) lane.cpu_lent_ns += ended_[i].cpu_ns = ended_[i].run_ns;
          flush(listener);
          first_unread = 0;
        }
      });
      if (records != 0) host.was_read();
      if (count != 0) {
        const double mean = std::max(static_cast<double>(run_ns) / static_cast<double>(count), 20.0);
        mean_ns_ = mean_ns_ == 0 ? mean : mean_ns_ * 0.7 + mean * 0.3;
      }
      const std::uint32_t ahead = lane.dealer->in_flight();
      const double due = mean_ns_ == 0 ? 1 : kRingEveryNs / mean_ns_;
      // Work that was published before the worker could see the new mark would ring no bell.
      again = lane.dealer->ring_after(static_cast<std::uint32_t>(std::clamp(due, 1.0, std::max(1.0, ahead / 2.0))));
    } while (again && ++rounds < 4);
    look_now_ = look_now_ || again;
    for (std::size_t i = first_unread; i < ended_.size(); ++i) lane.cpu_lent_ns += ended_[i].cpu_ns = ended_[i].run_ns;
    if (lane.dealer->broken() || !host.broken().empty()) kill(slot, DeathCause::damage);
    if (!host.dead()) report_started(lane, listener);
    if (lane.dealer->busy()) note_progress(slot);
  }
  if (slot.has_run_its_task()) slot.life.retire(pool_.now_ns());
  judge_drift(slot, listener);
  if (host.has_output()) take_printed(slot, host.take_output(), listener);
  relieve(slot, listener);
  end_if_idle(slot);
  if (mean_ns_ != 0) {
    const auto wanted = static_cast<std::uint32_t>(std::clamp(1e6 / mean_ns_, 2.0, double{kMaxAhead}));
    depth_ = std::min(wanted, depth_ * 4);
  }
}

void BoardExecutor::judge_drift(HostSlot& slot, ExecutorListener& listener) {
  const std::uint32_t kinds = std::exchange(slot.condition.new_drift, 0);
  if (kinds == 0 || slot.life.has_been(SlotState::retiring) || slot.one_task()) return;
  std::uint64_t tasks = 0;
  for (const Lane& lane : slot.lanes) tasks += lane.dealer->done();
  switch (drift_book_.changed(kinds, tasks, pool_.now_ns() - slot.leased_ns)) {
    case DriftBook::Verdict::keep: return;
    case DriftBook::Verdict::keep_from_now:
      listener.warning(fmt::format("stage '{}': its tasks change the process that they run in ({}), and do so in fresh ones too: such a host is kept from now on "
                                   "(`drift: replace` replaces each)",
                                   stage_.name, slot.condition.drift));
      return;
    case DriftBook::Verdict::replace:
      if (!std::exchange(reported_recycled_, true))
        listener.warning(fmt::format("stage '{}': its tasks change the process that they run in ({}); such a host is replaced", stage_.name, slot.condition.drift));
      return retire(slot);
  }
}

void BoardExecutor::report_started(Lane& lane, ExecutorListener& listener) {
  if (!lane.dealer->busy() || !lane.start_unreported()) return;
  flush(listener);  // what ended before it
  const board::Item& item = *lane.dealer->running();
  lane.started_told = lane.dealer->done() + 1;
  begin_look_ns_ = 0;
  const TaskStarted started{item.task, item.attempt};
  listener.started({&started, 1});
}

/// What ends no attempt.
void BoardExecutor::take_message(HostSlot& slot, Lane& lane, const RecordHead& head, std::string_view payload, ExecutorListener& listener) {
  switch (head.type) {
    case RecordType::log:
      listener.said({head.task, head.attempt, static_cast<std::int32_t>(std::min(head.code, 3u)), payload});
      lane.last_words.emplace_back(payload);
      if (lane.last_words.size() > kLastWords) lane.last_words.pop_front();
      return;
    case RecordType::progress: return;  // shown by a later version
    case RecordType::output: return take_output(lane, head, payload, listener);
    case RecordType::unkept:
      if (head.code == static_cast<std::uint32_t>(board::Unkept::logged)) cut_log_bytes_ += std::min<std::uint64_t>(head.end, 1ull << 40);
      else ++unkept_tasks_;
      return;
    case RecordType::left_behind: left_behind_ += std::min<std::uint64_t>(head.end, 1u << 20); return;
    case RecordType::opening:
      lane.opening = head.code == static_cast<std::uint32_t>(board::Opening::begins);
      open_failures_ += head.code == static_cast<std::uint32_t>(board::Opening::failed);
      return;
    case RecordType::late:
      late_calls_ += std::min<std::uint64_t>(head.end, 1ull << 40);
      late_function_ = name_of_function(payload);
      return;
    case RecordType::evidence: lane.evidence = head.code; return;
    case RecordType::backtrace:
      if (lane.backtrace.size() < kMaxEvidence) lane.backtrace.append(demangled(payload)).push_back('\n');
      return;
    case RecordType::drift:
      slot.condition.drift = payload;
      slot.condition.new_drift |= head.code;
      return;
    case RecordType::worn:
      // Nothing is said of how much: a task was refused it.
      if (head.end == 0) slot.condition.spent = true;
      else slot.condition.wear = HostCondition::Wear{static_cast<board::WornBy>(head.code), head.start, std::string(payload)};
      return;
    case RecordType::waited: listener.waited(static_cast<std::int64_t>(std::min<std::uint64_t>(head.end, 1ull << 60))); return;
    case RecordType::result:
    case RecordType::error:
    case RecordType::wrap: return;
  }
}

/// A piece of what the running task wrote. The host is believed as to its bytes, and to nothing else.
void BoardExecutor::take_output(Lane& lane, const RecordHead& head, std::string_view payload, ExecutorListener& listener) {
  const board::Item* const item = lane.dealer->oldest();
  if (item == nullptr || item->task != head.task || head.code >= KeptOutput::kStreams) return;
  if (!lane.output) lane.output = std::make_unique<KeptOutput>();
  const auto stream = static_cast<OutputStream>(head.code);
  if (stream == OutputStream::process) lane.output->add(stream, payload);
  else lane.output->put(stream, std::min<std::uint64_t>(head.start, 1ull << 60), payload);
  if (stream != OutputStream::out) listener.output({item->task, item->attempt, stream, payload});
}

/// What all tasks of a host printed together.
void BoardExecutor::take_printed(HostSlot& slot, std::string_view text, ExecutorListener& listener) {
  unkept_bytes_ += slot.host->take_unkept();
  const std::uint64_t all = stage_.limits.output_bytes.value_or(~std::uint64_t{0});
  const std::string_view kept = text.substr(0, all - std::min(all, printed_bytes_));
  printed_bytes_ += kept.size();
  unkept_bytes_ += text.size() - kept.size();
  if (kept.empty()) return;
  slot.printed_last.append(kept.substr(kept.size() - std::min(kept.size(), kLastPrinted)));
  if (slot.printed_last.size() > kLastPrinted) slot.printed_last.erase(0, slot.printed_last.size() - kLastPrinted);
  listener.host_output(slot.host->pid(), kept);
}

void BoardExecutor::take_counts(HostSlot& slot) {
  for (Lane& lane : slot.lanes) {
    const std::uint32_t dropped = lane.dealer->dropped_logs();
    dropped_logs_ += dropped - std::exchange(lane.dropped_logs, dropped);
  }
}

void BoardExecutor::attach_output(AttemptResult& ended, Lane& lane) {
  if (!lane.output) return;
  const std::unique_ptr<KeptOutput> output = std::move(lane.output);
  if (ended.outcome != Outcome::succeeded && !output->empty()) ended.output = &outputs_.emplace_back(std::move(*output));
}

/// What no time that a host states can be longer than: how long it has been there, and a second more for what its clock
/// and ours differ by.
std::int64_t BoardExecutor::longest_since(std::int64_t ns) const {
  constexpr std::int64_t kMore = 1'000'000'000;
  return std::max<std::int64_t>(monotonic_ns() - ns, 0) + kMore;  // the time that hosts stood still included
}

void BoardExecutor::end_attempt(HostSlot& slot, Lane& lane, std::uint32_t worker, const RecordHead& head, std::string_view payload, std::int64_t longest_ns) {
  if (lane.started_told < lane.dealer->done()) {
    TaskStarted& started = started_.emplace_back();
    started.index = head.task;
    started.attempt = head.attempt;
    lane.started_told = lane.dealer->done();
  }
  AttemptResult& ended = ended_.emplace_back();
  ended.task = head.task;
  ended.attempt = head.attempt;
  ended.outcome = Outcome::succeeded;
  ended.started_ns = pool_.clock().to_ns(head.start);
  ended.run_ns = std::min(pool_.clock().span_ns(head.start, head.end), longest_ns);
  ended.host = slot.host->pid();
  ended.worker = worker;
  ended.payload = payload;
  if (head.type == RecordType::error || head.blob != 0 || lane.overran(lane.dealer->done() - 1) || !result_check_.holds(payload)) end_otherwise(slot, lane, head, ended);
  if (!large_params_.empty()) large_params_.erase(head.task);
  if (is_failure(ended.outcome)) hold_back();
  if (!failed_on_.empty()) failed_on_.erase(head.task);
  if (room_limit_.limited() && !found_no_room(head)) room_limit_.ended();
  lane.watch.end();
  lane.opening = false;
  if (!lane.last_words.empty()) lane.last_words.clear();
  note_progress(slot);
  if (lane.output) attach_output(ended, lane);
  --in_flight_;
}

/// Not with a result that is whole and small.
void BoardExecutor::end_otherwise(HostSlot& slot, const Lane& lane, const RecordHead& head, AttemptResult& ended) {
  HostProcess::LargeResult large;
  if (head.blob != 0) large = slot.host->take_result(head.blob);
  if (lane.overran(lane.dealer->done() - 1)) {
    ended.outcome = Outcome::timed_out;
    ended.payload = arena_.keep(overrun_message(lane));  // what it says now comes too late
  } else if (head.type == RecordType::error) {
    if (head.blob != 0) ended.payload = arena_.keep(large.fields);
    note_failure(slot, lane, head, ended);
  } else if (head.blob == 0 || !keep_large(large, ended)) {
    ended.outcome = Outcome::failed;
    ended.payload = "the result was damaged on its way from the host";
  }
}

void BoardExecutor::note_failure(HostSlot& slot, const Lane& lane, const RecordHead& head, AttemptResult& ended) {
  if (head.code == board::kFailedForMemory || slot.host->over_its_memory()) {
    // In a group the kernel kills whoever has most: what this task has started.
    ended.outcome = Outcome::out_of_memory;
    ended.payload = arena_.keep(memory_message(stage_.limits));
    slot.condition.spent = true;
    return;
  }
  ended.outcome = head.code == ROPEWALK_FAIL_STOPPED && lane.cancel_asked ? Outcome::cancelled : Outcome::failed;
  ended.kind = kind_of(head.code);
}

/// What of a large result is large itself stays in the blob that it came in. False: it is damaged.
bool BoardExecutor::keep_large(const HostProcess::LargeResult& large, AttemptResult& ended) {
  const std::shared_ptr<const board::Blob>& blob = large.blob;
  const std::string_view lies_in[] = {blob ? blob->bytes() : std::string_view()};
  if (!blob || !board::view_fields(result_types_, large.fields, result_views_, lies_in)) return false;
  for (std::size_t i = 0; i < result_views_.size(); ++i)
    if (!board::is_readable(result_types_[i], result_views_[i])) return false;
  const bool stays = blob->bytes().size() >= kMinKept;
  for (std::size_t i = 0; stays && i < result_views_.size(); ++i) {
    board::FieldView& view = result_views_[i];
    const bool plain = result_types_[i] == Type::text || result_types_[i] == Type::bytes || result_types_[i] == Type::path;
    if (plain && view.blob < 0 && view.bytes.size() >= board::kMinElsewhere)
      view.blob = 0, view.offset = static_cast<std::uint64_t>(view.bytes.data() - blob->bytes().data());
  }
  std::string fields;
  board::encode_views(result_types_, result_views_, fields, stays ? board::Elsewhere::stays : board::Elsewhere::inline_copy);
  ended.payload = arena_.keep(fields);
  if (stays) ended.blob = &blobs_.emplace_back(blob);
  return true;
}

/// The clock was read after this attempt: what it says is shared among all since the last reading, by their length.
void BoardExecutor::share_cpu(Lane& lane, const RecordHead& head, std::size_t first_unread, std::int64_t longest_ns) {
  constexpr std::uint64_t kMaxCores = 4096;  // of a machine, for all that a task starts
  const auto read = static_cast<std::int64_t>(std::min({head.cpu_ns, static_cast<std::uint64_t>(longest_ns) * kMaxCores, std::uint64_t{1} << 60}));
  const std::int64_t used = std::max<std::int64_t>(read - std::exchange(lane.cpu_lent_ns, 0), 0);
  const std::span<AttemptResult> all = std::span(ended_).subspan(first_unread);
  double total = 0;
  for (const AttemptResult& one : all) total += static_cast<double>(one.run_ns);
  const double a_ns = total > 0 ? static_cast<double>(used) / total : 0;
  for (AttemptResult& one : all)
    one.cpu_ns = total > 0 ? static_cast<std::int64_t>(a_ns * static_cast<double>(one.run_ns)) : used / static_cast<std::int64_t>(all.size());
}

void BoardExecutor::flush(ExecutorListener& listener) {
  if (!started_.empty()) listener.started(started_), started_.clear();
  if (!ended_.empty()) listener.ended(ended_), ended_.clear(), blobs_.clear(), outputs_.clear();
  arena_.clear();
}

/// Takes back all items that no worker has begun, after a failure that may stop the run. This precedes the report of the
/// failure, and the moment when the failed worker, which waits for it, learns that its record was read.
void BoardExecutor::hold_back() {
  if (stage_.on_error != OnError::stop) return;
  for (const std::unique_ptr<HostSlot>& slot : slots_)
    if (!slot->host->dead()) take_all_back(*slot);
}

void BoardExecutor::end_without_result(std::uint64_t task, std::uint32_t attempt, Outcome outcome, std::int32_t detail,
                                       std::string_view message, const HostSlot* slot, std::uint32_t worker,
                                       std::int64_t began_ns, std::string_view evidence) {
  if (is_failure(outcome)) hold_back();
  large_params_.erase(task);
  failed_on_.erase(task);
  --in_flight_;
  const std::int64_t run_ns = began_ns == 0 ? 0 : std::max<std::int64_t>(monotonic_ns() - began_ns, 0);
  ended_.push_back({.task = task, .attempt = attempt, .outcome = outcome, .detail = detail, .started_ns = began_ns, .run_ns = run_ns,
                    .cpu_ns = 0, .host = slot == nullptr ? 0 : slot->host->pid(), .worker = worker, .payload = arena_.keep(message),
                    .evidence = arena_.keep(evidence)});
}

/// Code of a file that is overwritten while it is mapped crashes. No task is to blame for that.
bool BoardExecutor::plugin_has_changed(const HostProcess& host) const {
  if (key_.plugin.image) return false;
  if (host.refusal()) return host.refusal()->code == codes::kPluginChanged;
  return WIFSIGNALED(host.wait_status()) && host.spawn_error().empty() && identity_now(key_.plugin.file) != key_.plugin.identity;
}

/// What a dead host wrote and had not handed over. Where it had one worker it is of the task that ran, if one did.
void BoardExecutor::take_last_printed(HostSlot& slot, ExecutorListener& listener) {
  const std::string text = slot.host->take_output();
  Lane* const lane = slot.lanes.size() == 1 && !slot.host->key()->shares_output() ? &slot.lanes.front() : nullptr;
  const board::Item* const item = lane != nullptr ? lane->dealer->running() : nullptr;
  if (item == nullptr) return take_printed(slot, text, listener);
  if (text.empty()) return;
  if (!lane->output) lane->output = std::make_unique<KeptOutput>();
  lane->output->add(OutputStream::process, text);
  listener.output({item->task, item->attempt, OutputStream::process, text});
}

void BoardExecutor::host_died(HostSlot& slot, ExecutorListener& listener) {
  HostProcess& host = *slot.host;
  take_last_printed(slot, listener);
  take_counts(slot);
  left_behind_ += host.left_behind();
  if (!host.not_ended().empty())
    listener.warning(fmt::format("stage '{}': {} that its tasks started could not be ended", stage_.name, host.not_ended()));
  if (!slot.start_reported && host.pid() != 0) listener.host_started(host.pid(), static_cast<std::uint32_t>(slot.lanes.size()));
  const bool changed = plugin_has_changed(host);
  slot.cause = cause_of_death(slot, changed);
  std::size_t left = 0;
  for (const Lane& lane : slot.lanes) left += lane.dealer->in_flight();
  if (left != 0) settle(slot);
  else if (slot.life.has_worked() && !killed_ && slot.cause == DeathCause::unknown) pool_.note_close(host, slot.life.has_been(SlotState::killed));
  flush(listener);
  if (host.pid() != 0) listener.host_ended(host.pid(), host.how_it_died());
  if (halted_) return;
  if (changed) return break_down(plugin_changed(key_.plugin.file));
  const std::int64_t now = pool_.now_ns();
  const bool not_started = !host.spawn_error().empty() || (WIFEXITED(host.wait_status()) && WEXITSTATUS(host.wait_status()) == wire::kExitNoThread);
  if (not_started || back_off_.too_many(now)) {
    if (go_on_with_fewer(Counting::started, not_started ? "a host " + host.how_it_died()
                                                        : "hosts end before they have run a task; the last one " + how_it_died(slot)))
      return back_off_.accept_fewer();
    if (not_started && wait_for_others("a host " + host.how_it_died())) return;
  }
  if (back_off_.hopeless(now) && !any_host_works()) give_up(slot);
}

/// What a dead host died of. `changed`: its plugin's file is another one.
DeathCause BoardExecutor::cause_of_death(const HostSlot& slot, bool changed) {
  const HostProcess& host = *slot.host;
  const bool killed = WIFSIGNALED(host.wait_status()) && WTERMSIG(host.wait_status()) == SIGKILL;
  // It was on its way out when its socket closed.
  if (slot.cause == DeathCause::cut_off && !killed) return DeathCause::unknown;
  if (slot.cause != DeathCause::unknown) return slot.cause;
  if (changed) return DeathCause::plugin_changed;
  if (!killed || killed_) return DeathCause::unknown;
  if (slot.host->over_its_memory()) return DeathCause::memory;
  // Nobody here did it, and just now the kernel killed somebody for want of memory.
  return !host.lost() && pool_.memory_ran_out() ? DeathCause::want_of_memory : DeathCause::unknown;
}

bool BoardExecutor::any_host_works() const {
  return std::any_of(slots_.begin(), slots_.end(), [](const std::unique_ptr<HostSlot>& slot) {
    return slot->life.has_worked() && !slot->life.has_been(SlotState::killed) && !slot->host->dead();
  });
}

void BoardExecutor::note_progress(HostSlot& slot) {
  if (slot.life.has_worked()) return back_off_.progressed();
  slot.life.begin_work(pool_.now_ns());
  back_off_.host_works();
}

/// For a host that had begun no task.
StartBackOff::Cause BoardExecutor::start_cause(const HostSlot& slot) const {
  const bool by_the_engine = slot.life.has_been(SlotState::killed) || slot.cause == DeathCause::memory;
  return !by_the_engine && slot.host->killed_from_outside() ? StartBackOff::Cause::outside : StartBackOff::Cause::own;
}

/// For a host that had begun no task: a predicate for a sentence about it.
std::string BoardExecutor::how_it_died(const HostSlot& slot) const {
  if (slot.cause == DeathCause::memory && stage_.limits.memory_bytes)
    return fmt::format("used more memory than its limit of {} (limits.memory)", size_text(*stage_.limits.memory_bytes));
  if (slot.cause == DeathCause::want_of_memory) return "was killed by the kernel, because the machine had no memory left";
  if (slot.cause == DeathCause::standstill) return fmt::format("did not begin its task within {}", duration_text(kBeginningNs));
  if (slot.life.has_been(SlotState::killed) && !slot.host->loaded()) return fmt::format("did not load its plugin within {}", duration_text(kLoadingNs));
  return slot.host->how_it_died();
}

/// Fails the stage. Hosts that are still starting lose their items first, so that none begins a task that is reported as
/// not started; if one has begun a task in the meantime, the stage continues.
void BoardExecutor::give_up(const HostSlot& last) {
  for (const std::unique_ptr<HostSlot>& slot : slots_) {
    if (slot->host->dead()) continue;
    take_all_back(*slot);
    for (const Lane& lane : slot->lanes)
      if (lane.dealer->busy()) note_progress(*slot);
  }
  if (any_host_works()) return;
  if (last.host->refusal()) return break_down(*last.host->refusal());
  const StartBackOff::Unused unused = back_off_.in_a_row();
  if (unused.own >= unused.outside)
    return break_down({codes::kNoHost,
                       fmt::format("stage '{}': {} hosts in a row ended before they had run a task; the last one {}", stage_.name, unused.all(),
                                   how_it_died(last)),
                       {},
                       {"`ropewalk plugins check` loads a plugin by itself and says what is wrong with it"}});
  const bool memory = last.cause == DeathCause::want_of_memory;
  const std::int64_t idle_ns = back_off_.without_progress_ns(pool_.now_ns());
  break_down({codes::kHostsKilled,
              fmt::format("stage '{}': {} of {} hosts in a row were killed from outside before they began a task, and no task has begun or ended for {}; "
                          "the last host {}",
                          stage_.name, unused.outside, unused.all(), duration_text(idle_ns - idle_ns % 100'000'000), how_it_died(last)),
              {},
              {memory ? "use fewer `workers`, or stop other programs that use the machine's memory"
                      : "find out what kills processes named ropewalk-host (a watchdog, a batch system, `pkill`), stop it, and start the run again"}});
}

/// Gives everything that a dead host had to where it belongs: its outcome, another host, or a host of its own.
void BoardExecutor::settle(HostSlot& slot) {
  std::vector<WorkerState> workers;
  for (const Lane& lane : slot.lanes) workers.push_back({lane.dealer->busy(), lane.evidence});
  const std::vector<Blame> blames = blame(workers);
  bool had_begun = false;
  for (std::uint32_t worker = 0; worker < slot.lanes.size(); ++worker) {
    Lane& lane = slot.lanes[worker];
    lane.dealer->abandon([&](const board::Item& item, std::string_view params) {
      const ItemFacts facts = facts_of(slot, lane, item, blames[worker]);
      const Verdict verdict = judge(facts);
      had_begun = had_begun || verdict.had_begun;
      switch (verdict.action) {
        case Verdict::Action::queue: return requeued_.push_back(waiting(item, params));
        case Verdict::Action::requeue: return requeued_.push_front(waiting(item, params, true));
        case Verdict::Action::isolate: return suspects_.push_back(waiting(item, params, true));
        case Verdict::Action::end: return end_by_death(slot, lane, worker, item, facts, verdict);
      }
    });
  }
  if (had_begun) note_progress(slot);
  else if (!slot.host->lost() && !slot.life.has_worked()) back_off_.host_ended_unused(start_cause(slot), pool_.now_ns());
}

ItemFacts BoardExecutor::facts_of(const HostSlot& slot, const Lane& lane, const board::Item& item, Blame blame) const {
  // In a damaged lane the word of what has begun is not to be believed: its oldest item may be the guilty one, or a bystander.
  const board::Item* const began = slot.cause == DeathCause::damage ? lane.dealer->oldest() : lane.dealer->running();
  return {.cause = slot.cause,
          .blame = blame,
          .begun = began != nullptr && item.task == began->task,
          .overran = lane.overran(lane.dealer->done()),
          .alone = slot.host->key()->workers == 1,
          .one_task = slot.one_task(),
          .unkillable = slot.host->unkillable(),
          .lost = slot.host->lost(),
          .halted = halted_,
          .killed_by_stop = killed_,
          .repeatable = stage_.type().repeatable};
}

/// Ends a task whose host has died.
void BoardExecutor::end_by_death(const HostSlot& slot, Lane& lane, std::uint32_t worker, const board::Item& item, const ItemFacts& facts,
                                 const Verdict& verdict) {
  std::int64_t began_ns = 0;
  if (facts.begun) {
    if (lane.dealer->busy()) began_ns = std::min(pool_.clock().to_ns(lane.dealer->begun_at()), monotonic_ns());
    if (lane.start_unreported()) started_.push_back({item.task, item.attempt});
  }
  const HostSlot* const where = facts.begun ? &slot : nullptr;
  if (verdict.reason == EndReason::ended_host) {
    Death death = describe_death(slot.host->wait_status(), lane.evidence);
    if (death.detail == SIGXFSZ && stage_.limits.file_bytes)
      death.message = fmt::format("a file that the task wrote reached its limit of {} (limits.files)", size_text(*stage_.limits.file_bytes));
    const std::string printed = slot.host->key()->shares_output() ? slot.printed_last : printed_by(lane.output);
    end_without_result(item.task, item.attempt, death.outcome, death.detail, death.message, where, worker, began_ns,
                       evidence_of(lane.backtrace, lane.last_words, printed));
  } else {
    end_without_result(item.task, item.attempt, verdict.outcome, 0, end_message(verdict, slot, lane), where, worker, began_ns);
  }
  if (!verdict.may_retry) ended_.back().kind = FailureKind::permanent;
  if (facts.begun) attach_output(ended_.back(), lane);
}

std::string BoardExecutor::end_message(const Verdict& verdict, const HostSlot& slot, const Lane& lane) const {
  const std::string& broken = slot.host->broken();
  const auto beyond = [&](std::string text) { return verdict.may_retry ? text : std::move(text) + "; " + unkillable_message(); };
  switch (verdict.reason) {
    case EndReason::none:
    case EndReason::ended_host: break;
    case EndReason::stopped_before: return std::string(kStoppedBefore);
    case EndReason::stopped_while: return beyond(std::string(kStoppedWhile));
    case EndReason::not_repeatable: return "its host died with it, and its task type must not be repeated";
    case EndReason::damage_unrepeatable:
      return broken.empty() ? "its host's memory was damaged, and its task type must not be repeated"
                            : "its host broke the protocol, and its task type must not be repeated";
    case EndReason::overrun: return beyond(overrun_message(lane));
    case EndReason::unkillable: return unkillable_message();
    case EndReason::damage:
      return broken.empty() ? "the task damaged the memory in which its host keeps results"
                            : "the task broke the protocol of its host: the engine received " + broken;
    case EndReason::cut_off: return "the task closed the connection of its host to the engine, or replaced the program of its process (exec)";
    case EndReason::standstill:
      return fmt::format("the task's process was stopped and did not continue within {}", duration_text(kStoppedLooks * kStoppedLookNs));
    case EndReason::memory_limit: return memory_message(stage_.limits);
    case EndReason::no_memory: return memory_message({});
  }
  return {};
}

}  // namespace ropewalk
