#pragma once
// The task types of the zoo: each has one fault, or reports one fact to tests. Those in deaths.cpp end their process,
// those in damage.cpp harm it and continue, those in reports.cpp behave.

#include <ropewalk/sdk/task.hpp>

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace zoo {

/// A task type without parameters.
template <void (*kDeed)(ropewalk::Call&), bool kThreadSafe = true>
struct Deed {
  void run(ropewalk::Call& call) const { kDeed(call); }
  static void describe(ropewalk::TaskType<Deed>& task) {
    task.summary("Does one bad thing.");
    if (kThreadSafe) task.thread_safe();
  }
};

// --- deaths.cpp ---
void kill_self(ropewalk::Call&);
void segv(ropewalk::Call&);
void wild_write(ropewalk::Call&);
void damaged_pointer(ropewalk::Call&);
void thread_segv(ropewalk::Call&);
void call_null(ropewalk::Call&);
void bus(ropewalk::Call&);
void fpe(ropewalk::Call&);
void ill(ropewalk::Call&);
void abort_self(ropewalk::Call&);
void exit0(ropewalk::Call&);
void exit3(ropewalk::Call&);
void exit_fast(ropewalk::Call&);
void quick_exit0(ropewalk::Call&);
void throw_noexcept(ropewalk::Call&);
void terminate_from_thread(ropewalk::Call&);
void stack_overflow(ropewalk::Call&);
void double_free(ropewalk::Call&);
void stop_self(ropewalk::Call&);
void sigterm_ignored(ropewalk::Call&);
void spin_for_ever(ropewalk::Call&);

/// Kills its process at one index, or at every one; the other tasks succeed.
struct DieAt {
  std::int64_t at = -1;
  std::string how = "kill";
  std::uint32_t first = 0;
  struct Result {
    std::int64_t index = 0;
  };
  Result run(ropewalk::Call& call) const;
  static void describe(ropewalk::TaskType<DieAt>& task);
};

// --- damage.cpp ---
void throw_int(ropewalk::Call&);
void throw_nested(ropewalk::Call&);
void throw_empty(ropewalk::Call&);
void throw_long(ropewalk::Call&);
void thread_exit(ropewalk::Call&);
void thread_cancel(ropewalk::Call&);
void scribble_fds(ropewalk::Call&);
void close_fds(ropewalk::Call&);
void fork_child_lingers(ropewalk::Call&);
void setsid_child(ropewalk::Call&);
void leak_thread(ropewalk::Call&);
void reap_all(ropewalk::Call&);
void block_signals(ropewalk::Call&);
void bad_position(ropewalk::Call&);
void fail_without_reason(ropewalk::Call&);

struct ChangeFolder {
  std::filesystem::path to = "/";
  void run(ropewalk::Call& call) const;
  static void describe(ropewalk::TaskType<ChangeFolder>& task);
};

/// Changes the state of its process, at one index or at all.
struct Drift {
  std::string what = "nothing";
  std::int64_t at = 0;
  std::chrono::nanoseconds lasts{};
  struct Result {
    std::int64_t pid = 0;
  };
  Result run(ropewalk::Call& call) const;
  static void describe(ropewalk::TaskType<Drift>& task);
};

/// Sets a result of a type other than the declared one.
struct WrongType {
  struct Result {
    std::int64_t number = 0;
  };
  Result run(ropewalk::Call& call) const;
  static void describe(ropewalk::TaskType<WrongType>& task);
};

/// Leaks open files.
struct LeakFds {
  std::int64_t count = 1;
  void run(ropewalk::Call& call) const;
  static void describe(ropewalk::TaskType<LeakFds>& task);
};

/// Leaks memory after writing to every page of it.
struct LeakMemory {
  ropewalk::Size size = 1 << 20;
  void run(ropewalk::Call& call) const;
  static void describe(ropewalk::TaskType<LeakMemory>& task);
};

/// Writes to descriptors 1 and 2 like a careless plugin.
struct Print {
  std::string out, err;
  ropewalk::Size fill = 0;
  void run(ropewalk::Call& call) const;
  static void describe(ropewalk::TaskType<Print>& task);
};

// --- reports.cpp ---
struct BigResult {
  ropewalk::Size size = 0;
  struct Result {
    std::string text;
  };
  Result run(ropewalk::Call& call) const;
  static void describe(ropewalk::TaskType<BigResult>& task);
};

struct BufferResult {
  ropewalk::Size size = 0;
  struct Result {
    ropewalk::Buffer data;
  };
  Result run(ropewalk::Call& call) const;
  static void describe(ropewalk::TaskType<BufferResult>& task);
};

/// Text that is difficult to print: NUL, a terminal escape, bytes that are not UTF-8.
struct NulText {
  bool fail = false;
  struct Result {
    std::string text;
    std::filesystem::path path;
  };
  Result run(ropewalk::Call& call) const;
  static void describe(ropewalk::TaskType<NulText>& task);
};

/// Appends one line per attempt to a file, `index attempt`: the tests' own record of effects. Then dies at one index if
/// configured.
struct Effects {
  std::filesystem::path file;
  std::int64_t die_at = -1;
  std::uint32_t first = 1;
  struct Result {
    std::int64_t index = 0;
  };
  Result run(ropewalk::Call& call) const;
  static void describe(ropewalk::TaskType<Effects>& task);
};

/// Waits until `count` tasks wait in the same folder: succeeds only if that many run at once.
struct Rendezvous {
  std::filesystem::path folder;
  std::int64_t count = 2;
  std::chrono::nanoseconds limit = std::chrono::seconds(300);
  void run(ropewalk::Call& call) const;
  static void describe(ropewalk::TaskType<Rendezvous>& task);
};

/// Task 0 waits for task 1, whose first attempt fails.
struct FailThenMeet {
  std::filesystem::path folder;
  void run(ropewalk::Call& call) const;
  static void describe(ropewalk::TaskType<FailThenMeet>& task);
};

/// The process, thread and host in which it runs.
struct Who {
  std::string variable;
  struct Result {
    std::int64_t pid = 0, thread = 0, parent = 0;
    std::filesystem::path folder;
    std::string value, stage, run_id;
    std::int64_t index = 0, attempt = 0, threads = 0;
    std::vector<std::int64_t> descriptors;
  };
  Result run(ropewalk::Call& call) const;
  static void describe(ropewalk::TaskType<Who>& task);
};

/// The number of the task in the life of its worker.
struct Count {
  struct Worker {
    std::int64_t opened_by = 0, tasks = 0;
    Worker();
  };
  struct Result {
    std::int64_t nth = 0, thread = 0;
  };
  Result run(ropewalk::Call& call, Worker& worker) const;
  static void describe(ropewalk::TaskType<Count>& task);
};

/// A worker whose constructor fails.
struct BadWorker {
  struct Worker {
    Worker();
  };
  void run(ropewalk::Call& call, Worker& worker) const;
  static void describe(ropewalk::TaskType<BadWorker>& task);
};

/// Not thread-safe; detects when it is not alone in its process.
struct Alone {
  void run(ropewalk::Call& call) const;
  static void describe(ropewalk::TaskType<Alone>& task);
};

/// One parameter of each type, returned as a result of the same type.
struct EveryType {
  bool flag = false;
  std::int64_t number = 0;
  double real = 0;
  std::string text;
  std::vector<std::byte> bytes;
  std::filesystem::path path;
  std::chrono::nanoseconds time{};
  ropewalk::Size size = 0;
  std::vector<std::int64_t> list;
  std::map<std::string, std::string> map;
  ropewalk::Any any;
  using Result = EveryType;
  Result run(ropewalk::Call&) const { return *this; }
  static void describe(ropewalk::TaskType<EveryType>& task);
};

/// Finds room only while fewer than `most` of its kind are running, in any process, and appends one line per try to
/// `folder`/tries, "begun" or "refused".
struct Narrow {
  std::filesystem::path folder;
  std::int64_t most = 1;
  std::chrono::nanoseconds lasts = std::chrono::milliseconds(5);
  void run(ropewalk::Call& call) const;
  static void describe(ropewalk::TaskType<Narrow>& task);
};

/// Writes many log lines and progress reports.
struct Talk {
  std::int64_t lines = 1;
  std::int64_t length = 0;
  std::optional<std::filesystem::path> done, until;
  void run(ropewalk::Call& call) const;
  static void describe(ropewalk::TaskType<Talk>& task);
};

/// Polls cancel_fd() and stops when it becomes readable.
struct PollToStop {
  std::chrono::nanoseconds limit = std::chrono::seconds(300);
  void run(ropewalk::Call& call) const;
  static void describe(ropewalk::TaskType<PollToStop>& task);
};

}  // namespace zoo
