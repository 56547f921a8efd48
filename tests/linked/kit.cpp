// The plugin "kit": tasks of a program in its own sources.

#include "kit.hpp"

#include <ropewalk/engine.hpp>
#include <ropewalk/linked_plugin.hpp>

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <thread>

namespace {

/// An object that needs a constructor.
const std::string greeting = std::string("constructed ") + "before main";

[[gnu::noinline]] void write_to_null() {
  volatile int* volatile nowhere = nullptr;  // the compiler neither sees what it is nor leaves the write out
  *nowhere = 1;
}

struct Square {
  std::int64_t value = 0;
  struct Result {
    std::int64_t value;
  };
  Result run(ropewalk::Call&) const { return {value * value}; }
  static void describe(ropewalk::TaskType<Square>& task) {
    task.summary("Squares a number.").thread_safe().param("value", &Square::value).result("value", &Result::value);
  }
};

struct Break {
  std::string how;
  void run(ropewalk::Call&) const {
    if (how == "crash") write_to_null();
    if (how == "throw") throw std::runtime_error("thrown on request");
    if (how == "exit") std::exit(0);
    if (how == "abort") std::abort();
    while (how == "hang") std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  static void describe(ropewalk::TaskType<Break>& task) {
    task.summary("Ends in a bad way, or well.").thread_safe().param("how", &Break::how);
  }
};

/// Of the process that runs it.
struct Look {
  struct Result {
    std::string greeting, variable, of_child, name;
    bool main_has_run;
    std::int64_t process;
  };
  Result run(ropewalk::Call&) const {
    const char* variable = std::getenv("ROPEWALK_LINKED_HOST");
    char name[32] = "";
    FILE* const file = std::fopen("/proc/self/comm", "r");
    if (file != nullptr && std::fscanf(file, "%31s", name) != 1) name[0] = '\0';
    if (file != nullptr) std::fclose(file);
    return {.greeting = greeting,
            .variable = variable == nullptr ? "" : variable,
            .of_child = std::system("test -z \"$ROPEWALK_LINKED_HOST\" && test ! -e /proc/self/fd/3") == 0 ? "" : "set",
            .name = name,
            .main_has_run = ropewalk::test::main_has_run,
            .process = ::getpid()};
  }
  static void describe(ropewalk::TaskType<Look>& task) {
    task.summary("Looks at its process.")
        .thread_safe()
        .result("greeting", &Result::greeting)
        .result("variable", &Result::variable)
        .result("of_child", &Result::of_child)
        .result("name", &Result::name)
        .result("main_has_run", &Result::main_has_run)
        .result("process", &Result::process);
  }
};

/// A task may use an engine of its own, in which the same program is a host again.
struct Nest {
  struct Result {
    std::int64_t value;
  };
  Result run(ropewalk::Call&) const {
    ropewalk::Engine engine;
    return {engine.pool("kit.square").submit({{"value", 7}}).get().get<std::int64_t>("value").value()};
  }
  static void describe(ropewalk::TaskType<Nest>& task) {
    task.summary("Squares 7 in a pool of its own.").thread_safe().result("value", &Result::value);
  }
};

}  // namespace

ROPEWALK_LINKED_PLUGIN("kit", "1.2.3", ropewalk::task<Square>("square"), ropewalk::task<Break>("break"),
                       ropewalk::task<Look>("look"), ropewalk::task<Nest>("nest"))
