#include "executors/blame.hpp"

#include "base/text.hpp"

#include <fmt/format.h>
#include <sys/wait.h>

#include <csignal>
#include <cstring>

namespace ropewalk {

std::vector<Blame> blame(std::span<const WorkerState> workers) {
  std::vector<Blame> blames(workers.size(), Blame::idle);
  std::size_t running = 0, speakers = 0;
  for (const WorkerState& worker : workers) {
    running += worker.running;
    speakers += worker.running && worker.evidence;
  }
  for (std::size_t i = 0; i < workers.size(); ++i) {
    if (!workers[i].running) continue;
    // In a host of one worker there is no other culprit. Beside idle workers it may be one of their threads that ends,
    // or another process.
    if (running == 1) blames[i] = workers.size() == 1 || workers[i].evidence ? Blame::guilty : Blame::suspect;
    // Two threads may fault at once; then both are only suspects.
    else if (speakers == 1)
      blames[i] = workers[i].evidence ? Blame::guilty : Blame::innocent;
    else
      blames[i] = speakers > 1 && !workers[i].evidence ? Blame::innocent : Blame::suspect;
  }
  return blames;
}

Death describe_death(int wait_status, std::optional<std::uint32_t> evidence) {
  int signal = WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : 0;
  bool overflow = false;
  if (evidence) {
    const auto kind = static_cast<board::EvidenceKind>(*evidence >> 16);
    overflow = kind == board::EvidenceKind::stack_overflow;
    if (kind == board::EvidenceKind::signal || overflow) signal = static_cast<int>(*evidence & 0xFFFF);
  }
  if (signal != 0) {
    const char* name = ::sigabbrev_np(signal);
    const char* meaning = ::sigdescr_np(signal);
    const std::string text = name != nullptr && meaning != nullptr
                                 ? fmt::format("SIG{} ({})", name, overflow ? "stack overflow" : meaning)
                                 : fmt::format("signal {}", signal);
    return {Outcome::crashed, signal, fmt::format("the task's process was killed by {}", text)};
  }
  const int code = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 0;
  return {Outcome::exited, code, fmt::format("the task ended its process with exit code {} and gave no result", code)};
}

std::string memory_message(const Limits& limits) {
  if (!limits.memory_bytes) return "the machine had no memory left for the task";
  return fmt::format("the task used more memory than its limit of {} (limits.memory)", size_text(*limits.memory_bytes));
}

}  // namespace ropewalk
