#pragma once
// Watches one running attempt against the clock: when it is slow, when to ask it to stop, to terminate what it
// started, to kill its host. Pure: takes the time, returns the next step. Knows no host. Times are nanoseconds of a
// clock that stands still while the engine is stopped.

#include <cstdint>
#include <optional>

namespace ropewalk {

class AttemptWatch {
 public:
  struct Rules {
    std::int64_t timeout_ns = 0;   ///< 0: none
    std::int64_t open_ns = 0;      ///< what open() gets where there is no timeout; 0: no limit
    std::int64_t cpu_time_ns = 0;  ///< 0: none
    std::int64_t slow_ns = 0;      ///< when it is called slow
    std::int64_t grace_ns = 0;     ///< between asking and killing; halfway what it started is terminated
  };
  enum class Step : std::uint8_t { none, mark_slow, ask, terminate, kill };
  enum class Overrun : std::uint8_t { none, time, open, cpu_time, cancelled };

  /// A new attempt, known by the number of its item, began; the same number again changes nothing. `timeout_ns`: its
  /// own, instead of that of the rules.
  void begin(std::uint64_t item, std::int64_t began_ns, std::optional<std::int64_t> timeout_ns = {});
  /// Its time is over now, whatever the rules say. False: it was over already.
  bool cancel(std::int64_t now_ns);
  void end() { item_ = kNothing; }
  /// Whether the attempt is still in open().
  void set_opening(bool opening) { opening_ = opening; }
  bool watching(std::uint64_t item) const { return item_ == item; }

  /// The next step that is due; call it until there is none. `cpu_ns`: what its process has used, -1 if unknown.
  Step look(const Rules& rules, std::int64_t now_ns, std::int64_t cpu_ns);
  /// When look() may have something to say; as late as possible.
  std::int64_t next_ns(const Rules& rules, std::int64_t now_ns) const;

  Overrun overrun() const { return overrun_; }
  /// 0: none.
  std::int64_t timeout_ns(const Rules& rules) const { return timeout_ns_.value_or(rules.timeout_ns); }
  std::int64_t began_ns() const { return began_ns_; }

 private:
  std::int64_t limit_ns(const Rules& rules) const {
    const std::int64_t timeout = timeout_ns(rules);
    return timeout != 0 || !opening_ ? timeout : rules.open_ns;
  }
  std::int64_t slow_ns(const Rules& rules) const {
    return timeout_ns_.value_or(0) != 0 ? *timeout_ns_ / 2 : rules.slow_ns;
  }

  static constexpr std::uint64_t kNothing = ~std::uint64_t{0};

  std::uint64_t item_ = kNothing;
  std::int64_t began_ns_ = 0;
  std::optional<std::int64_t> timeout_ns_;
  std::int64_t cpu_base_ns_ = -1;  // of its process, when first looked at
  std::int64_t asked_ns_ = 0;
  bool opening_ = false;
  Overrun overrun_ = Overrun::none;
  Step last_ = Step::none;
};

}  // namespace ropewalk
