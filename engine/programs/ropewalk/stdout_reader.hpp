#pragma once
// Detects that the reader of stdout has closed the pipe. The run then stops silently, running tasks are killed, and the
// program ends as standard_output.hpp says. Called on the run's thread.

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
  /// Call it when a write has found that the reader has gone.
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
