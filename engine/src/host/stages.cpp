#include "host/stages.hpp"

namespace ropewalk::host {

void Stages::add(std::unique_ptr<const Stage> stage) {
  const MutexLock lock(mutex_);
  const std::uint32_t number = stage->number;
  stages_.emplace(number, std::move(stage));
  if (!hear_) changed_.notify_all();
}

void Stages::add_blob(std::uint64_t number, std::vector<Fd> memfds) {
  const MutexLock lock(mutex_);
  blobs_.insert_or_assign(number, std::move(memfds));
  changed_.notify_all();
}

void Stages::close() {
  const MutexLock lock(mutex_);
  closed_ = true;
  changed_.notify_all();
}

bool Stages::wait_for_more() {
  if (closed_) return false;
  if (!hear_) {
    changed_.wait(mutex_);
  } else {
    mutex_.unlock();
    const bool heard = hear_();
    mutex_.lock();
    closed_ = closed_ || !heard;
  }
  return true;
}

const Stage* Stages::find(std::uint32_t number) {
  const MutexLock lock(mutex_);
  if (auto stage = look_ && !stages_.contains(number) ? look_(number) : nullptr)
    stages_.emplace(number, std::move(stage));
  while (!stages_.contains(number) && wait_for_more()) {
  }
  const auto found = stages_.find(number);
  return found == stages_.end() ? nullptr : found->second.get();
}

std::size_t Stages::blobs_held() {
  const MutexLock lock(mutex_);
  std::size_t held = 0;
  for (const auto& [number, memfds] : blobs_) held += memfds.size();
  return held;
}

std::optional<std::vector<Fd>> Stages::take_blob(std::uint64_t number) {
  const MutexLock lock(mutex_);
  while (!blobs_.contains(number) && wait_for_more()) {
  }
  const auto found = blobs_.find(number);
  if (found == blobs_.end()) return std::nullopt;
  std::vector<Fd> memfds = std::move(found->second);
  blobs_.erase(found);
  return memfds;
}

}  // namespace ropewalk::host
