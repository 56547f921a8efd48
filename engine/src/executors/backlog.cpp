#include "executors/backlog.hpp"

#include <algorithm>
#include <cassert>
#include <iterator>

namespace ropewalk {

WaitingAttempt WaitingAttempt::of(const Deal& deal) {
  return {.task = deal.task,
          .attempt = deal.attempt,
          .params = std::string(deal.params),
          .blobs = {deal.blobs.begin(), deal.blobs.end()}};
}

void Backlog::put_back(WaitingAttempt attempt, AttemptState from, AttemptState to, Order order) {
  assert(may_move(from, to));
  std::deque<WaitingAttempt>& queue = to == AttemptState::refused    ? refused_
                                      : to == AttemptState::isolated ? isolated_
                                                                     : queued_;
  if (order == Order::first)
    queue.push_front(std::move(attempt));
  else
    queue.push_back(std::move(attempt));
}

void Backlog::release_refused(std::size_t most) {
  for (; most != 0 && !refused_.empty(); --most) {
    WaitingAttempt attempt = std::move(refused_.front());
    refused_.pop_front();
    const AttemptState to = attempt.isolated ? AttemptState::isolated : AttemptState::queued;
    put_back(std::move(attempt), AttemptState::refused, to);
  }
}

std::optional<std::size_t> Backlog::next_for(std::int32_t host) const {
  const auto found = std::find_if(queued_.begin(), queued_.end(),
                                  [&](const WaitingAttempt& one) { return !has_failed_on(one.task, host); });
  if (found == queued_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - queued_.begin());
}

std::vector<WaitingAttempt> Backlog::take(std::span<const std::uint64_t> tasks) {
  std::vector<WaitingAttempt> taken;
  for (std::deque<WaitingAttempt>* queue : {&queued_, &isolated_, &refused_}) {
    std::deque<WaitingAttempt> left;
    for (WaitingAttempt& attempt : *queue) {
      const bool wanted = std::binary_search(tasks.begin(), tasks.end(), attempt.task);
      (wanted ? taken.emplace_back() : left.emplace_back()) = std::move(attempt);
    }
    *queue = std::move(left);
  }
  return taken;
}

std::vector<WaitingAttempt> Backlog::take_all() {
  std::vector<WaitingAttempt> all;
  for (std::deque<WaitingAttempt>* queue : {&queued_, &isolated_, &refused_}) {
    all.insert(all.end(), std::make_move_iterator(queue->begin()), std::make_move_iterator(queue->end()));
    queue->clear();
  }
  return all;
}

void Backlog::set_failed_on(std::uint64_t task, std::span<const std::int32_t> hosts) {
  failed_on_.insert_or_assign(task, std::vector<std::int32_t>(hosts.begin(), hosts.end()));
}

bool Backlog::has_failed_on(std::uint64_t task, std::int32_t host) const {
  if (failed_on_.empty()) return false;
  const auto found = failed_on_.find(task);
  return found != failed_on_.end() &&
         std::find(found->second.begin(), found->second.end(), host) != found->second.end();
}

}  // namespace ropewalk
