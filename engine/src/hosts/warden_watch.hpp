#pragma once
// Decides whether the warden still answers. Pure: takes looks at its process and its answers, returns what to do. It
// counts looks instead of time, and a process that runs, or waits for a core, is never given up: on a slow machine, or
// after all processes were suspended together, there are fewer looks. Driven by HostPool and by the destructor of
// WardenClient.

#include <cstdint>

namespace ropewalk {

/// What /proc tells of a process at one moment.
struct ProcessState {
  char state = 0;  ///< as in /proc/PID/stat; 0: the kernel does not say
  std::uint64_t cpu_ticks = 0;
  bool ending = false;  ///< it has no memory any more: it has exited, or is about to
};

class WardenWatch {
 public:
  static constexpr std::int64_t kLookNs = 100'000'000;  ///< looks are at least so far apart
  static constexpr std::uint32_t kTracedLooks = 10, kContinues = 50, kIdleLooks = 150;
  static constexpr std::uint32_t kBlindLooks = 600;  ///< where the kernel does not say whether it runs

  enum class Step : std::uint8_t {
    none,
    ask,          ///< send question()
    continue_it,  ///< it was stopped: SIGCONT
    replace,      ///< it is traced, is stopped again and again, or waits for something that does not come
  };
  Step look(const ProcessState& seen);
  std::uint32_t question() const { return question_; }
  /// Whether the next look needs to see the process.
  bool waits() const { return waits_; }
  void answered(std::uint32_t question);
  /// For one who waits for something else than an answer: that it ends, or reads what it was sent.
  static WardenWatch waiting() {
    WardenWatch watch;
    watch.waits_ = true;
    return watch;
  }

 private:
  static constexpr std::uint32_t kAskEvery = 10;  // looks

  bool waits_ = false;  // for an answer
  std::uint32_t question_ = 0, quiet_ = 0;
  std::uint32_t traced_ = 0, continued_ = 0, idle_ = 0;  // looks since the question
  std::uint64_t cpu_ticks_ = 0;
};

}  // namespace ropewalk
