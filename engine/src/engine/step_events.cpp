#include "engine/step_events.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <sys/epoll.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace ropewalk {

Result<int> StepEvents::open(int hosts) {
  if (timer_) return events_.get();
  events_ = Fd(::epoll_create1(EPOLL_CLOEXEC));
  timer_ = Fd(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  for (const int fd : {hosts, timer_.get()}) {
    epoll_event event{};
    event.events = EPOLLIN;
    if (::epoll_ctl(events_.get(), EPOLL_CTL_ADD, fd, &event) == 0) continue;
    const int error = errno;
    timer_ = Fd();
    return Errors(Error{codes::kNoEventDescriptor,
                        fmt::format("no descriptor for the events of a run: {}", std::strerror(error)),
                        {},
                        {"close descriptors, or raise their limit (ulimit -n)"}});
  }
  return events_.get();
}

void StepEvents::arm(std::int64_t at_ns) {
  if (!timer_) return;
  const std::int64_t when = std::max<std::int64_t>(at_ns, 1);
  constexpr std::int64_t kSecond = 1'000'000'000;
  const itimerspec time{.it_interval = {}, .it_value = {.tv_sec = when / kSecond, .tv_nsec = when % kSecond}};
  ::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &time, nullptr);
}

}  // namespace ropewalk
