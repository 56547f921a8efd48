#include "executors/message_reader.hpp"

#include "base/demangle.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>

namespace ropewalk {
namespace {

using board::RecordHead;
using board::RecordType;

constexpr std::size_t kMaxEvidence = 16 << 10;
constexpr std::size_t kLastPrinted = 2 << 10;  // bytes

/// A host says anything.
std::string name_of_function(std::string_view text) {
  const bool good =
      text.size() <= 32 && text.find_first_not_of("abcdefghijklmnopqrstuvwxyz_.") == std::string_view::npos;
  return good ? std::string(text) : "?";
}

}  // namespace

void MessageReader::take(HostSlot& slot, Lane& lane, const RecordHead& head, std::string_view payload,
                         ExecutorListener& listener) {
  switch (head.type) {
    case RecordType::log:
      listener.said({head.task, head.attempt, log_level(head.code), payload});
      lane.last_words.emplace_back(payload);
      if (lane.last_words.size() > Lane::kLastWords) lane.last_words.pop_front();
      return;
    case RecordType::progress: return take_progress(lane, head, payload);
    case RecordType::output: return take_output(lane, head, payload, listener);
    case RecordType::unkept:
      if (head.code == static_cast<std::uint32_t>(board::Unkept::logged))
        losses_.cut_log_bytes += std::min<std::uint64_t>(head.end, 1ull << 40);
      else
        ++losses_.unkept_tasks;
      return;
    case RecordType::left_behind: losses_.left_behind += std::min<std::uint64_t>(head.end, 1u << 20); return;
    case RecordType::opening:
      lane.opening = head.code == static_cast<std::uint32_t>(board::Opening::begins);
      losses_.open_failures += head.code == static_cast<std::uint32_t>(board::Opening::failed);
      return;
    case RecordType::late:
      losses_.late_calls += std::min<std::uint64_t>(head.end, 1ull << 40);
      losses_.late_function = name_of_function(payload);
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
      if (head.end == 0)
        slot.condition.spent = true;
      else
        slot.condition.wear =
            HostCondition::Wear{static_cast<board::WornBy>(head.code), head.start, std::string(payload)};
      return;
    case RecordType::waited:
      listener.waited(static_cast<std::int64_t>(std::min<std::uint64_t>(head.end, 1ull << 60)));
      return;
    case RecordType::result:
    case RecordType::error:
    case RecordType::wrap: return;
  }
}

/// The latest replaces the one before. A fraction that is no number from 0 to 1 becomes the nearest one.
void MessageReader::take_progress(Lane& lane, const RecordHead& head, std::string_view payload) {
  double fraction = 0;
  if (payload.size() < sizeof fraction) return;
  std::memcpy(&fraction, payload.data(), sizeof fraction);
  if (!lane.progress) lane.progress.emplace();
  lane.progress->task = head.task;
  lane.progress->attempt = head.attempt;
  lane.progress->fraction = std::isnan(fraction) ? 0 : std::clamp(fraction, 0.0, 1.0);
  lane.progress->text = payload.substr(sizeof fraction);
}

/// Of an attempt that still runs. The host is believed as to how far it has come, and not as to which attempt it runs.
void MessageReader::report_progress(Lane& lane, ExecutorListener& listener) {
  const std::optional<Lane::Progress> progress = std::exchange(lane.progress, std::nullopt);
  const board::Item* const item = lane.dealer->running();
  if (item == nullptr || item->task != progress->task || item->attempt != progress->attempt) return;
  listener.progressed({item->task, item->attempt, progress->fraction, progress->text});
}

/// A piece of what the running task wrote. The host is believed as to its bytes, and to nothing else.
void MessageReader::take_output(Lane& lane, const RecordHead& head, std::string_view payload,
                                ExecutorListener& listener) {
  const board::Item* const item = lane.dealer->oldest();
  if (item == nullptr || item->task != head.task || head.code >= KeptOutput::kStreams) return;
  if (!lane.output) lane.output = std::make_unique<KeptOutput>();
  const auto stream = static_cast<OutputStream>(head.code);
  if (stream == OutputStream::process)
    lane.output->add(stream, payload);
  else
    lane.output->put(stream, std::min<std::uint64_t>(head.start, 1ull << 60), payload);
  if (stream != OutputStream::out) listener.output({item->task, item->attempt, stream, payload});
}

void MessageReader::take_printed(HostSlot& slot, std::string_view text, ExecutorListener& listener) {
  losses_.unkept_bytes += slot.host->take_unkept();
  const std::uint64_t all = stage_.limits.output_bytes.value_or(~std::uint64_t{0});
  const std::string_view kept = text.substr(0, all - std::min(all, losses_.printed_bytes));
  losses_.printed_bytes += kept.size();
  losses_.unkept_bytes += text.size() - kept.size();
  if (kept.empty()) return;
  slot.printed_last.append(kept.substr(kept.size() - std::min(kept.size(), kLastPrinted)));
  if (slot.printed_last.size() > kLastPrinted) slot.printed_last.erase(0, slot.printed_last.size() - kLastPrinted);
  listener.host_output(slot.host->pid(), kept);
}

void MessageReader::take_last_printed(HostSlot& slot, ExecutorListener& listener) {
  const std::string text = slot.host->take_output();
  Lane* const lane = slot.lanes.size() == 1 && !slot.host->key()->shares_output() ? &slot.lanes.front() : nullptr;
  const board::Item* const item = lane != nullptr ? lane->dealer->running() : nullptr;
  if (item == nullptr) return take_printed(slot, text, listener);
  if (text.empty()) return;
  if (!lane->output) lane->output = std::make_unique<KeptOutput>();
  lane->output->add(OutputStream::process, text);
  listener.output({item->task, item->attempt, OutputStream::process, text});
}

void MessageReader::count_dropped_logs(HostSlot& slot) {
  for (Lane& lane : slot.lanes) {
    const std::uint32_t dropped = lane.dealer->dropped_logs();
    losses_.dropped_logs += dropped - std::exchange(lane.dropped_logs, dropped);
  }
}

}  // namespace ropewalk
