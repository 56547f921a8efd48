// Its parameters are secrets.

#include <ropewalk/sdk/task.hpp>

#include <string>

struct Open {
  std::string key;
  int pin = 1234;

  void run(ropewalk::Call&) const {}
  static void describe(ropewalk::TaskType<Open>& task) {
    task.summary("Needs secrets.")
        .thread_safe()
        .param("key", &Open::key)
        .secret()
        .option("pin", &Open::pin)
        .secret()
        .range(0, 9999);
  }
};

ROPEWALK_PLUGIN("vault", "1.0.0", ropewalk::task<Open>("open"))
