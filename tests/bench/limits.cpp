// The bare rings: the board's own Dealer and WorkerLane, two workers, and a minimal driver: deal ahead, drain, wait for
// the bell. Two cycle readings and an 8-byte result per task; no stage, no observer, no CPU time, no deaths.

#include "protocol/dealer.hpp"
#include "protocol/board_memory.hpp"
#include "protocol/worker_lane.hpp"
#include "system.hpp"
#include "work.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <thread>

namespace ropewalk::bench {
namespace {

constexpr std::uint32_t kMaxAhead = 4096;

struct Params {
  std::int64_t seed, turns;
};

struct Lane {
  Lane()
      : layout(board::Layout::for_workers(1)),
        memory(board::make_host_memory(layout).value()),
        outbox(board::map(memory.outbox_fd.get(), layout.outbox_bytes(), board::Access::write)),
        dealer(memory.inbox.data(), memory.outbox.data(), layout) {}
  board::Layout layout;
  board::HostMemory memory;
  board::Mapping outbox;
  board::Dealer dealer;
};

class BareRings {
 public:
  explicit BareRings(bool processes) : bell_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    for (std::unique_ptr<Lane>& lane : lanes_) {
      lane = std::make_unique<Lane>();
      if (!processes) {
        ++working_;
        threads_.emplace_back([this, &lane] { work(*lane), --working_; });
        continue;
      }
      const pid_t parent = ::getpid();
      const pid_t child = ::fork();
      if (child == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != parent) ::_exit(1);
        work(*lane);
        ::_exit(0);
      }
      children_.push_back(child);
    }
  }
  ~BareRings() {
    ending_ = true;  // threads see it; processes get a signal
    for (const pid_t child : children_) ::kill(child, SIGKILL), ::waitpid(child, nullptr, 0);
    while (working_ != 0) {  // a thread that is about to sleep misses a call
      for (const std::unique_ptr<Lane>& lane : lanes_) lane->dealer.wake();
      std::this_thread::yield();
    }
    for (std::thread& thread : threads_) thread.join();
  }

  double run(std::uint64_t tasks, std::int64_t turns) {
    std::vector<std::int64_t> results(tasks, -1);
    const auto start = Clock::now();
    // About 1 ms of work ahead of each worker, and a bell after half of it.
    const double task_ns = std::max(20.0, static_cast<double>(turns));
    const auto ahead = static_cast<std::uint32_t>(std::clamp(1e6 / task_ns, 2.0, double{kMaxAhead}));
    std::uint64_t next = 0, ended = 0;
    while (ended < tasks) {
      for (bool any = true; any;) {
        any = false;
        for (const std::unique_ptr<Lane>& lane : lanes_) {
          const Params params{static_cast<std::int64_t>(next), turns};
          if (next == tasks || lane->dealer.in_flight() >= ahead) continue;
          if (lane->dealer.deal(next, 1, 0, {reinterpret_cast<const char*>(&params), sizeof params}))
            ++next, any = true;
        }
      }
      for (const std::unique_ptr<Lane>& lane : lanes_) lane->dealer.publish();
      std::size_t drained = 0;
      bool more = false;
      for (const std::unique_ptr<Lane>& lane : lanes_) {
        const auto take = [&](const board::RecordHead& head, std::string_view payload) {
          std::memcpy(&results[head.task], payload.data(), sizeof(std::int64_t));
          ++ended, ++drained;
        };
        lane->dealer.drain(arena_, take);
        arena_.clear();
        more = lane->dealer.ring_after(std::max(1u, lane->dealer.in_flight() / 2)) || more;
      }
      if (drained == 0 && !more && ended < tasks) wait();
    }
    const double seconds = seconds_since(start);
    check(results, turns);
    return seconds;
  }

 private:
  void work(Lane& lane) {
    board::WorkerLane worker(lane.memory.inbox.data(), lane.outbox.data(), lane.layout, bell_.get(), true);
    while (const board::Slot* slot = worker.next(ending_, [] {})) {
      Params params;
      std::memcpy(&params, worker.params(*slot).data(), sizeof params);
      const std::uint64_t begin = worker.cycles();
      const std::int64_t result = chain(params.seed, params.turns);
      worker.finish({.type = board::RecordType::result,
                     .task = slot->task,
                     .attempt = slot->attempt,
                     .start = begin,
                     .end = worker.cycles()},
                    {reinterpret_cast<const char*>(&result), sizeof result});
    }
  }
  void wait() {
    pollfd bell{bell_.get(), POLLIN, 0};
    ::poll(&bell, 1, 100);
    std::uint64_t count = 0;
    (void)!::read(bell_.get(), &count, sizeof count);
  }

  Fd bell_;
  std::atomic<bool> ending_ = false;
  std::atomic<int> working_ = 0;  // threads
  std::unique_ptr<Lane> lanes_[kWorkers];
  Arena arena_;
  std::vector<std::thread> threads_;
  std::vector<pid_t> children_;
};

}  // namespace

void add_limits(std::vector<System>& systems) {
  // Processes first, because a program that has threads should not fork.
  for (const bool processes : {true, false}) {
    auto rings = std::make_shared<BareRings>(processes);
    systems.push_back({processes ? "limit_processes" : "limit_threads",
                       [rings](std::uint64_t tasks, std::int64_t turns) { return rings->run(tasks, turns); }});
  }
}

}  // namespace ropewalk::bench
