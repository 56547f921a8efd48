#pragma once
// One worker of a host slot as the executor sees it: its dealer, and what is known of the task that runs. A plain
// struct, filled by BoardExecutor on the engine's thread.

#include "executors/attempt_watch.hpp"
#include "executors/lane_time.hpp"
#include "executors/loss_watch.hpp"
#include "protocol/dealer.hpp"

#include <ropewalk/events.hpp>

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

namespace ropewalk {

struct Lane {
  struct Progress {
    std::uint64_t task = 0;
    std::uint32_t attempt = 0;
    double fraction = 0;
    std::string text;
  };
  static constexpr std::size_t kLastWords = 5;  ///< lines that are kept for the evidence of a crash

  board::Dealer* dealer = nullptr;             ///< borrowed from the host
  std::uint64_t starts_reported = 0;           ///< items whose start was reported
  std::int64_t cpu_lent_ns = 0;                ///< reported before the clock was read
  std::optional<std::uint32_t> evidence = {};  ///< RecordHead::code of the last words of its task
  std::string backtrace = {};                  ///< lines that came with the evidence
  std::deque<std::string> last_words = {};     ///< the last lines that its task logged
  std::unique_ptr<KeptOutput> output = {};     ///< what its task wrote; null: nothing so far
  std::optional<Progress> progress = {};       ///< the latest of its attempts, until it is reported
  AttemptWatch watch = {};
  LaneTime time = {};                         ///< what it has done, for the ledger
  std::uint64_t unbegun = ~std::uint64_t{0};  ///< the item that it was last seen not to begin
  std::int64_t unbegun_since_ns = 0, woken_ns = 0;
  LossWatch loss = {};
  bool cancel_asked = false;
  bool opening = false;            ///< its task's type is being opened
  std::uint32_t dropped_logs = 0;  ///< of the lane, as far as they are counted

  /// It was decided that the time of its `item`, by number, is over.
  bool overran(std::uint64_t item) const {
    return watch.watching(item) && watch.overrun() != AttemptWatch::Overrun::none;
  }
  /// It was cancelled while it ran.
  bool was_cancelled(std::uint64_t item) const {
    return watch.watching(item) && watch.overrun() == AttemptWatch::Overrun::cancelled;
  }
  /// A started event of the item that runs, or has run, is due.
  bool start_unreported() const { return starts_reported <= dealer->done(); }
};

}  // namespace ropewalk
