#include "executors/death_texts.hpp"

#include "base/text.hpp"
#include "executors/executor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string_view>
#include <vector>

namespace ropewalk {
namespace {

/// The last lines of what a process printed.
std::vector<std::string_view> last_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty() && lines.size() < Lane::kLastWords) {
    if (text.back() == '\n') text.remove_suffix(1);
    const std::size_t start = text.find_last_of('\n') + 1;  // npos + 1: the beginning
    lines.push_back(text.substr(start));
    text = text.substr(0, start);
  }
  std::reverse(lines.begin(), lines.end());
  return lines;
}

/// The end of what the process of a lane's task printed.
std::string printed_by(const std::unique_ptr<KeptOutput>& output) {
  if (!output) return {};
  const KeptStream stream = output->of(OutputStream::process);
  return stream.whole() ? stream.head + stream.tail : stream.tail;
}

}  // namespace

std::string how_it_died(const HostSlot& slot, const PlannedStage& stage) {
  if (slot.cause == DeathCause::memory && stage.limits.memory_bytes)
    return fmt::format("used more memory than its limit of {} (limits.memory)", size_text(*stage.limits.memory_bytes));
  if (slot.cause == DeathCause::want_of_memory)
    return "was killed by the kernel, because the machine had no memory left";
  if (slot.cause == DeathCause::standstill)
    return fmt::format("did not begin its task within {}", duration_text(HostWatch::kBeginningNs));
  if (slot.life.has_been(SlotState::killed) && !slot.host->loaded())
    return fmt::format("did not load its plugin within {}", duration_text(HostWatch::kLoadingNs));
  return slot.host->how_it_died();
}

std::string end_message(const Verdict& verdict, const HostSlot& slot, const Lane& lane, const PlannedStage& stage,
                        const HostWatch& watch) {
  const std::string& broken = slot.host->broken();
  const auto beyond = [&](std::string text) {
    return verdict.may_retry ? text : std::move(text) + "; " + watch.unkillable_message();
  };
  switch (verdict.reason) {
    case EndReason::none:
    case EndReason::ended_host: break;
    case EndReason::stopped_before: return std::string(kStoppedBefore);
    case EndReason::stopped_while: return beyond(std::string(kStoppedWhile));
    case EndReason::not_repeatable: return "its host died with it, and its task type must not be repeated";
    case EndReason::damage_unrepeatable:
      return broken.empty() ? "its host's memory was damaged, and its task type must not be repeated"
                            : "its host broke the protocol, and its task type must not be repeated";
    case EndReason::overrun: return beyond(watch.overrun_message(lane));
    case EndReason::cancelled: return beyond(std::string(kCancelledWhile));
    case EndReason::unkillable: return watch.unkillable_message();
    case EndReason::damage:
      return broken.empty() ? "the task damaged the memory in which its host keeps results"
                            : "the task broke the protocol of its host: the engine received " + broken;
    case EndReason::cut_off:
      return "the task closed the connection of its host to the engine, or replaced the program of its process (exec)";
    case EndReason::standstill:
      return fmt::format("the task's process was stopped and did not continue within {}",
                         duration_text(HostWatch::kStoppedLooks * HostWatch::kStoppedLookNs));
    case EndReason::memory_limit: return memory_message(stage.limits);
    case EndReason::no_memory: return memory_message({});
  }
  return {};
}

std::string evidence_of(const HostSlot& slot, const Lane& lane) {
  const std::string printed = slot.host->key()->shares_output() ? slot.printed_last : printed_by(lane.output);
  std::string lines = lane.backtrace;
  for (const std::string& words : lane.last_words) lines.append("log: ").append(words).push_back('\n');
  for (const std::string_view line : last_lines(printed)) lines.append("printed: ").append(line).push_back('\n');
  return lines;
}

}  // namespace ropewalk
