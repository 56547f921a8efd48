// Tasks that spend their workers' time in one known way, for tests of the ledger. They end by what they have done, not
// by the wall clock, so that a slow machine changes how long they take and not what for.

#include <ropewalk/sdk/task.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <string>
#include <thread>

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

namespace {

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

void compute(double seconds) {
  volatile std::uint64_t kept = 1;
  for (const double end = cpu_seconds() + seconds; cpu_seconds() < end;)
    for (int i = 0; i < 20'000; ++i) kept = kept * 6364136223846793005u + 1;
}

void sleep_for(double seconds) { std::this_thread::sleep_for(std::chrono::duration<double>(seconds)); }

struct Seconds {
  double seconds = 0.05;
};

template <class T>
void describe_with_seconds(ropewalk::TaskType<T>& task, const char* summary) {
  task.summary(summary).thread_safe().option("seconds", &T::seconds, "how much").unit("s").range(0, 100);
}

/// Uses that much CPU time in the kernel.
struct System : Seconds {
  void run(ropewalk::Call&) const {
    const int zero = ::open("/dev/zero", O_RDONLY | O_CLOEXEC);
    static thread_local char bytes[1 << 20];
    for (const double end = cpu_seconds() + seconds; cpu_seconds() < end;) (void)!::read(zero, bytes, sizeof bytes);
    ::close(zero);
  }
  static void describe(ropewalk::TaskType<System>& task) { describe_with_seconds(task, "Computes in the kernel."); }
};

/// Sleeps that long with a lock that all tasks of its process share: the others wait for it.
struct Lock : Seconds {
  void run(ropewalk::Call&) const {
    static std::mutex mutex;
    const std::lock_guard<std::mutex> lock(mutex);
    sleep_for(seconds);
  }
  static void describe(ropewalk::TaskType<Lock>& task) { describe_with_seconds(task, "Sleeps with a lock."); }
};

/// The same with a lock that is waited for on a CPU. Tasks compute until it is their turn.
struct SpinLock : Seconds {
  void run(ropewalk::Call&) const {
    static std::atomic_flag locked;
    while (locked.test_and_set(std::memory_order_acquire)) {
    }
    compute(seconds);
    locked.clear(std::memory_order_release);
  }
  static void describe(ropewalk::TaskType<SpinLock>& task) { describe_with_seconds(task, "Computes with a lock."); }
};

/// Sleeps that long in open(), and no time in its tasks.
struct SlowOpen {
  struct Worker {
    Worker() { sleep_for(0.3); }
  };
  void run(ropewalk::Call&, Worker&) const {}
  static void describe(ropewalk::TaskType<SlowOpen>& task) { task.summary("Takes long to open.").thread_safe(); }
};

/// Sleeps, and may not share its process.
struct Alone : Seconds {
  void run(ropewalk::Call&) const { sleep_for(seconds); }
  static void describe(ropewalk::TaskType<Alone>& task) {
    task.summary("Sleeps alone in its process.").option("seconds", &Alone::seconds, "how much").unit("s").range(0, 100);
  }
};

/// Computes until it is killed. It makes a file once it has used that much CPU time.
struct Endless : Seconds {
  std::string mark;
  void run(ropewalk::Call&) const {
    compute(seconds);
    ::close(::open(mark.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    for (;;) compute(seconds);
  }
  static void describe(ropewalk::TaskType<Endless>& task) {
    describe_with_seconds(task, "Computes for ever.");
    task.param("mark", &Endless::mark, "the file that it makes");
  }
};

/// Computes, and then ends its process.
struct Crash : Seconds {
  void run(ropewalk::Call&) const {
    compute(seconds);
    std::abort();
  }
  static void describe(ropewalk::TaskType<Crash>& task) { describe_with_seconds(task, "Computes, then dies."); }
};

}  // namespace

ROPEWALK_PLUGIN("workload", "1.0.0", ropewalk::task<System>("system"), ropewalk::task<Lock>("lock"),
                ropewalk::task<SpinLock>("spin_lock"), ropewalk::task<SlowOpen>("slow_open"),
                ropewalk::task<Crash>("crash"), ropewalk::task<Endless>("endless"), ropewalk::task<Alone>("alone"))
