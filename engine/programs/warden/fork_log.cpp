#include "warden/fork_log.hpp"

#include "base/cycles.hpp"
#include "protocol/warden_messages.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>

namespace ropewalk::warden {
namespace {

constexpr std::int64_t kMaxForkNs = 1'000'000'000;

}  // namespace

void ForkLog::listen_to(std::uint64_t zygote, Fd fork_log) {
  ::fcntl(fork_log.get(), F_SETFL, O_NONBLOCK);
  zygotes_.insert_or_assign(zygote, Zygote{.fork_log = std::move(fork_log)});
}

ForkLog::News ForkLog::read() {
  News news;
  const std::int64_t until = monotonic_ns() + kMaxForkNs;
  for (auto& [number, zygote] : zygotes_) read(number, zygote, until, news);
  return news;
}

void ForkLog::read(std::uint64_t number, Zygote& zygote, std::int64_t until_ns, News& news) {
  while (zygote.fork_log) {
    warden_wire::ForkRecord records[64];
    const ssize_t size = ::read(zygote.fork_log.get(), records, sizeof records);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) {
      if (!zygote.forking) return;
      const std::int64_t left_ms = (until_ns - monotonic_ns()) / 1'000'000;
      if (left_ms <= 0) return news.stuck.push_back(number);
      pollfd more{.fd = zygote.fork_log.get(), .events = POLLIN, .revents = 0};
      ::poll(&more, 1, static_cast<int>(left_ms));  // every SIGCHLD interrupts the wait
      continue;
    }
    // End of file: the zygote is dead. A child that it was about to fork, if it exists, belongs to no host.
    if (size <= 0) return zygote.forking = false, zygote.fork_log.reset();
    for (std::size_t i = 0; i < static_cast<std::size_t>(size) / sizeof records[0]; ++i) {
      const warden_wire::ForkRecord& record = records[i];
      if (record.magic != warden_wire::kMagic) continue;
      zygote.forking = record.pid == 0;
      if (record.pid != 0) news.forked.push_back({number, record.host, record.pid});
    }
    // The pipe was drained. Any child in question was announced before.
    if (static_cast<std::size_t>(size) < sizeof records && !zygote.forking) return;
  }
}

}  // namespace ropewalk::warden
