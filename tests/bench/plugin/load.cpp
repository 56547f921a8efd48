// The tasks that script/bench runs: calibrated work, and 64 MB to transfer.

#include "../work.hpp"

#include <ropewalk/sdk/task.hpp>

#include <time.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>

namespace load {

std::int64_t now_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

struct Chain {
  std::int64_t seed = 0, turns = 0;
  struct Result {
    std::int64_t value = 0;
  };
  Result run(ropewalk::Call&) const { return {ropewalk::bench::chain(seed, turns)}; }
  static void describe(ropewalk::TaskType<Chain>& task) {
    task.summary("A chain of so many turns.")
        .thread_safe()
        .param("seed", &Chain::seed, "where it begins")
        .option("turns", &Chain::turns, "its length")
        .result("value", &Result::value, "where it ends");
  }
};

/// Computes, waits, and crashes if the index says so.
struct Work {
  std::int64_t turns = 0, wait_ns = 0, crash_every = 0;
  void run(ropewalk::Call& call) const {
    volatile std::int64_t value = ropewalk::bench::chain(static_cast<std::int64_t>(call.index()), turns);
    (void)value;
    const timespec time{.tv_sec = wait_ns / 1'000'000'000, .tv_nsec = wait_ns % 1'000'000'000};
    if (wait_ns != 0) nanosleep(&time, nullptr);
    if (crash_every != 0 && static_cast<std::int64_t>(call.index()) % crash_every == crash_every - 1) std::abort();
  }
  static void describe(ropewalk::TaskType<Work>& task) {
    task.summary("Computes, waits and crashes.")
        .thread_safe()
        .option("turns", &Work::turns, "how much it computes; a turn is about a nanosecond")
        .option("wait_ns", &Work::wait_ns, "how long it waits")
        .option("crash_every", &Work::crash_every, "one of so many tasks crashes; 0: none");
  }
};

/// Fills a buffer; `at` is the time when it was full, on the clock shared by all processes.
struct Fill {
  std::int64_t size = 0;
  struct Result {
    ropewalk::Buffer data;
    std::int64_t at = 0;
  };
  Result run(ropewalk::Call& call) const {
    const ropewalk::Buffer data = call.buffer("data", static_cast<std::size_t>(size));
    std::memset(data.data, 7, data.size);
    return {data, now_ns()};
  }
  static void describe(ropewalk::TaskType<Fill>& task) {
    task.summary("A large result.")
        .thread_safe()
        .param("size", &Fill::size, "of it")
        .result("data", &Result::data, "bytes of 7")
        .result("at", &Result::at, "when it was full");
  }
};

/// Reads every word of its parameter.
struct Read {
  std::span<const std::byte> data;
  std::int64_t since = 0;
  struct Result {
    std::int64_t sum = 0, ns = 0;
  };
  Result run(ropewalk::Call&) const {
    std::uint64_t sum = 0;
    for (std::size_t at = 0; at + 8 <= data.size(); at += 8) {
      std::uint64_t word;
      std::memcpy(&word, data.data() + at, 8);
      sum += word;
    }
    return {static_cast<std::int64_t>(sum), now_ns() - since};
  }
  static void describe(ropewalk::TaskType<Read>& task) {
    task.summary("Adds up the words of a large parameter.")
        .thread_safe()
        .param("data", &Read::data, "what to read")
        .param("since", &Read::since, "when it was ready")
        .result("sum", &Result::sum, "of its words")
        .result("ns", &Result::ns, "from ready to read");
  }
};

}  // namespace load

ROPEWALK_PLUGIN("load", "1.0.0", ropewalk::task<load::Chain>("chain"), ropewalk::task<load::Fill>("fill"),
                ropewalk::task<load::Read>("read"), ropewalk::task<load::Work>("work"))
