#pragma once
// The stages and blobs that the engine has told this host of. The control thread adds, workers read and wait.

#include "base/fd.hpp"
#include "base/mutex.hpp"
#include "host/call.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace ropewalk::host {

class Stages {
 public:
  void add(std::unique_ptr<const Stage> stage);
  void add_blob(std::uint64_t number, std::vector<Fd> memfds);
  /// Where no control thread adds: who waits calls `hear` instead, until it has what it waits for. `hear` reads a
  /// message and may add; false: there will be no more.
  void listen_by(std::function<bool()> hear) { hear_ = std::move(hear); }
  /// Where stages may stand that nobody adds: asked once for each number that is not known. Null: it is not there.
  void look_by(std::function<std::unique_ptr<const Stage>(std::uint32_t)> look) { look_ = std::move(look); }
  /// Wakes all who wait; they get nothing.
  void close();

  /// Waits for it; null if the host is ending. Lives as long as the host: stages are few and small.
  const Stage* find(std::uint32_t number);
  /// Waits for it, and gives it away: a blob has one reader. Nothing if the host is ending.
  std::optional<std::vector<Fd>> take_blob(std::uint64_t number);
  /// Descriptors that wait for their reader.
  std::size_t blobs_held();

 private:
  /// Until something was added; false once the host is ending.
  bool wait_for_more() ROPEWALK_REQUIRES(mutex_);

  std::function<bool()> hear_;
  std::function<std::unique_ptr<const Stage>(std::uint32_t)> look_;
  Mutex mutex_;
  ConditionVariable changed_;
  std::map<std::uint32_t, std::unique_ptr<const Stage>> stages_ ROPEWALK_GUARDED_BY(mutex_);
  std::map<std::uint64_t, std::vector<Fd>> blobs_ ROPEWALK_GUARDED_BY(mutex_);
  bool closed_ ROPEWALK_GUARDED_BY(mutex_) = false;
};

}  // namespace ropewalk::host
