// Faults that `plugins check` must find: task types that break in one way each.

#include <ropewalk/sdk/task.hpp>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace {

struct Fine {
  static void describe(ropewalk::TaskType<Fine>& task) { task.summary("Writes where it is.").thread_safe(); }
  void run(ropewalk::Call&) const { std::ofstream("left-behind") << "x"; }
};

struct Crashes {
  static void describe(ropewalk::TaskType<Crashes>& task) { task.summary("Crashes."); }
  void run(ropewalk::Call&) const { std::raise(SIGSEGV); }
};

struct DiesClosing {
  struct Worker {
    ~Worker() { std::abort(); }
  };
  static void describe(ropewalk::TaskType<DiesClosing>& task) { task.summary("Dies when its worker is destroyed."); }
  void run(ropewalk::Call&, Worker&) const {}
};

/// Declares itself thread-safe, but relies on being alone.
struct NotAlone {
  static inline std::atomic<int> running = 0;
  static void describe(ropewalk::TaskType<NotAlone>& task) { task.summary("Dies beside another one.").thread_safe(); }
  void run(ropewalk::Call& call) const {
    if (++running > 1) std::abort();
    call.wait(std::chrono::milliseconds(100));
    --running;
  }
};

struct WrongResult {
  struct Result {
    std::int64_t number = 0;
  };
  static void describe(ropewalk::TaskType<WrongResult>& task) {
    task.summary("Gives another type than it says.").result("number", &Result::number);
  }
  Result run(ropewalk::Call& call) const {
    call.host()->result_text(call.handle(), 0, {"seven", 5});
    return {};
  }
};

struct Asks {
  std::string where;
  static void describe(ropewalk::TaskType<Asks>& task) {
    task.summary("Wants to know more.").param("where", &Asks::where, "where to");
  }
  void run(ropewalk::Call&) const {
    if (where.empty()) throw std::runtime_error("where to?");
  }
};

struct Waits {
  static void describe(ropewalk::TaskType<Waits>& task) { task.summary("Stops when it is asked to."); }
  void run(ropewalk::Call& call) const {
    if (call.wait(std::chrono::milliseconds(400))) throw ropewalk::Stopped();
  }
};

struct SpeaksLikeTheHost {
  static void describe(ropewalk::TaskType<SpeaksLikeTheHost>& task) { task.summary("Fails with words of the host."); }
  void run(ropewalk::Call&) const { throw std::runtime_error("the plugin has no work"); }
};

}  // namespace

ROPEWALK_PLUGIN("fragile", "1.0.0", ropewalk::task<Fine>("fine"), ropewalk::task<Crashes>("crashes"),
                ropewalk::task<DiesClosing>("dies_closing"), ropewalk::task<NotAlone>("not_alone"),
                ropewalk::task<WrongResult>("wrong_result"), ropewalk::task<Asks>("asks"),
                ropewalk::task<Waits>("waits"), ropewalk::task<SpeaksLikeTheHost>("speaks_like_the_host"))
