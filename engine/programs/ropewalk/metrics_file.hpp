#pragma once
// Keeps the file of --metrics up to date while a run lasts: a whole new file at most every ten seconds, renamed into
// place by a thread of its own, so that a slow disk does not stop the run. The end of the run writes the last one.

#include "base/mutex.hpp"

#include <ropewalk/events.hpp>
#include <ropewalk/report_observers.hpp>

#include <cstdint>
#include <string>
#include <thread>

namespace ropewalk::cli {

class MetricsFile final : public Observer {
 public:
  static constexpr std::int64_t kInterval_ns = 10'000'000'000;

  /// Borrows the metrics, which must hear of each event before this does. `path`: "-" and what is no regular file are
  /// written at the end only.
  MetricsFile(const MetricsReport& metrics, std::string path);
  ~MetricsFile() override;
  MetricsFile(const MetricsFile&) = delete;
  MetricsFile& operator=(const MetricsFile&) = delete;

  void tick(std::int64_t t_ns) override;
  /// Waits for the thread. No tick may follow.
  void stop();
  /// Files that the thread has written or tried to write. Any thread.
  std::uint64_t written() const;

 private:
  void work();

  const MetricsReport& metrics_;
  const std::string path_;
  const bool is_live_;
  std::int64_t next_ns_ = kInterval_ns;  // the run's thread only

  mutable Mutex mutex_;
  ConditionVariable changed_;
  std::string text_ ROPEWALK_GUARDED_BY(mutex_);  // to be written; empty: nothing
  std::uint64_t written_ ROPEWALK_GUARDED_BY(mutex_) = 0;
  bool stop_ ROPEWALK_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // from the first file on; last: it uses the others
};

}  // namespace ropewalk::cli
