#include "host/stages.hpp"

namespace ropewalk::host {

void Stages::add(std::unique_ptr<const Stage> stage) {
  const std::lock_guard lock(mutex_);
  const std::uint32_t number = stage->number;
  stages_.emplace(number, std::move(stage));
  if (!hear_) changed_.notify_all();
}

void Stages::add_blob(std::uint64_t number, std::vector<Fd> memfds) {
  const std::lock_guard lock(mutex_);
  blobs_.insert_or_assign(number, std::move(memfds));
  changed_.notify_all();
}

void Stages::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  changed_.notify_all();
}

void Stages::wait(std::unique_lock<std::mutex>& lock, const std::function<bool()>& there) {
  if (!hear_) return changed_.wait(lock, [&] { return closed_ || there(); });
  while (!closed_ && !there()) {
    lock.unlock();
    const bool heard = hear_();
    lock.lock();
    closed_ = closed_ || !heard;
  }
}

const Stage* Stages::find(std::uint32_t number) {
  std::unique_lock lock(mutex_);
  if (auto stage = look_ && !stages_.contains(number) ? look_(number) : nullptr) stages_.emplace(number, std::move(stage));
  wait(lock, [&] { return stages_.contains(number); });
  const auto found = stages_.find(number);
  return found == stages_.end() ? nullptr : found->second.get();
}

std::size_t Stages::blobs_held() {
  const std::lock_guard lock(mutex_);
  std::size_t held = 0;
  for (const auto& [number, memfds] : blobs_) held += memfds.size();
  return held;
}

std::optional<std::vector<Fd>> Stages::take_blob(std::uint64_t number) {
  std::unique_lock lock(mutex_);
  wait(lock, [&] { return blobs_.contains(number); });
  const auto found = blobs_.find(number);
  if (found == blobs_.end()) return std::nullopt;
  std::vector<Fd> memfds = std::move(found->second);
  blobs_.erase(found);
  return memfds;
}

}  // namespace ropewalk::host
