#pragma once
// What the listener learns of attempts in one turn: those that began and those that ended, with all that they
// borrow. Reported in spans, so that many short tasks cost one call. On the engine's thread.

#include "base/arena.hpp"
#include "executors/executor.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string_view>
#include <vector>

namespace ropewalk {

class AttemptReports {
 public:
  void add_started(std::uint64_t task, std::uint32_t attempt) { started_.push_back({task, attempt}); }
  /// The reference is valid until the next call.
  AttemptResult& add_ended() { return ended_.emplace_back(); }
  AttemptResult& last_ended() { return ended_.back(); }
  std::size_t ended() const { return ended_.size(); }
  /// So many that they should be reported.
  bool full() const { return ended_.size() >= kSpan; }

  /// Texts that results borrow live here until flush().
  Arena& arena() { return arena_; }
  std::string_view keep(std::string_view text) { return arena_.keep(text); }
  void keep_output(AttemptResult& result, KeptOutput output) {
    result.output = &outputs_.emplace_back(std::move(output));
  }
  void keep_blob(AttemptResult& result, std::shared_ptr<const board::Blob> blob) {
    result.blob = &blobs_.emplace_back(std::move(blob));
  }

  /// The clock was read after the last result: `used_ns` is shared among all from `first` on, by their length.
  void share_cpu(std::size_t first, std::int64_t used_ns);
  /// The clock was not read: results from `first` on have used what they ran. Returns the sum, for the next reading.
  std::int64_t lend_cpu(std::size_t first);

  /// Reports what there is, and forgets it.
  void flush(ExecutorListener& listener);

 private:
  static constexpr std::size_t kSpan = 2048;

  std::vector<AttemptResult> ended_;
  std::vector<TaskStarted> started_;
  std::deque<std::shared_ptr<const board::Blob>> blobs_;  // of some of ended_
  std::deque<KeptOutput> outputs_;                        // of some of ended_
  Arena arena_;
};

}  // namespace ropewalk
