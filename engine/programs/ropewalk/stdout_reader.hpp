#pragma once
// Detects that the reader of stdout has closed the pipe. The run then stops silently, running tasks are killed, and the
// program ends by SIGPIPE, as other programs do. Called on the run's thread.

#include "screen.hpp"

#include <ropewalk/events.hpp>

namespace ropewalk {
class Engine;
}

namespace ropewalk::cli {

class StdoutReader final : public Observer {
 public:
  /// Borrows both.
  StdoutReader(Engine& engine, Screen& screen);
  bool is_gone() const { return gone_; }
  /// Call it when a write has failed with EPIPE.
  void leave();
  /// Polls the pipe, because a run may write nothing for a long time.
  void tick(std::int64_t) override;

 private:
  Engine& engine_;
  Screen& screen_;
  const bool terminal_;  // a closed terminal sends SIGHUP instead
  bool gone_ = false;
};

}  // namespace ropewalk::cli
