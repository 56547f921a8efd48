// A plugin that leaves code behind that runs when its process, its thread or its library ends: P14, P15.

#include <ropewalk/sdk/task.hpp>

#include <pthread.h>
#include <signal.h>

#include <cstdlib>

namespace {

[[noreturn]] void crash() { std::abort(); }

struct CrashesAtExit {
  bool armed = false;
  ~CrashesAtExit() {
    if (armed) crash();
  }
};
CrashesAtExit at_exit;
thread_local CrashesAtExit at_end_of_thread;

struct Leave {
  std::string what = "nothing";
  struct Result {
    std::int64_t index = 0;
  };
  Result run(ropewalk::Call& call) const {
    if (what == "static") at_exit.armed = true;
    if (what == "thread_local") at_end_of_thread.armed = true;
    if (what == "atexit") std::atexit([] { crash(); });
    if (what == "at_quick_exit") std::at_quick_exit([] { crash(); });
    if (what == "signal") signal(SIGUSR1, [](int) { crash(); });
    if (what == "key") {
      pthread_key_t key;
      pthread_key_create(&key, [](void*) { crash(); });
      pthread_setspecific(key, &at_exit);
    }
    return {static_cast<std::int64_t>(call.index())};
  }
  static void describe(ropewalk::TaskType<Leave>& task) {
    task.summary("Leaves something behind.")
        .thread_safe()
        .option("what", &Leave::what, "to leave")
        .result("index", &Result::index, "its own");
  }
};

}  // namespace

ROPEWALK_PLUGIN("leaver", "1.0.0", ropewalk::task<Leave>("leave"))
