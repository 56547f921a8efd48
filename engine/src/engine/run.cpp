#include <ropewalk/run.hpp>

#include "engine/active_run.hpp"

#include <ropewalk/codes.hpp>

namespace ropewalk {
namespace {

Errors is_over() {
  return Error{codes::kRunIsOver,
               "the run is over: wait() has returned its result, or it was moved to another object",
               {},
               {"keep the result of wait(), and start another run with Engine::start()"}};
}

}  // namespace

Run::Run(std::unique_ptr<ActiveRun> active) : active_(std::move(active)) {}
Run::Run(Run&& other) noexcept = default;
Run::~Run() = default;

Result<int> Run::fd() {
  if (!active_) return is_over();
  return active_->fd();
}

Result<bool> Run::step() {
  if (!active_) return is_over();
  return !active_->has_ended() && active_->step();
}

Result<RunResult> Run::wait() {
  if (!active_) return is_over();
  RunResult result = active_->wait();
  active_.reset();
  return result;
}

}  // namespace ropewalk
