// Built twice under one name, like a plugin that its author rebuilds: L07.

#include <ropewalk/sdk/task.hpp>

#include <csignal>
#include <cstdint>
#include <dlfcn.h>
#include <string>

namespace {

struct Which {
  bool crash = false;
  struct Result {
    std::int64_t build = 0;
  };
  Result run(ropewalk::Call&) const {
    if (crash) std::raise(SIGSEGV);
    return {BUILD};
  }
  static void describe(ropewalk::TaskType<Which>& task) {
    task.summary("Says which build it is.")
        .thread_safe()
        .option("crash", &Which::crash, "or ends its host")
        .result("build", &Result::build);
  }
};

struct Where {
  struct Result {
    std::string file;
  };
  Result run(ropewalk::Call&) const {
    static const int here = 0;
    Dl_info about{};
    return {::dladdr(&here, &about) != 0 ? about.dli_fname : ""};
  }
  static void describe(ropewalk::TaskType<Where>& task) {
    task.summary("Asks the loader which file it is.").thread_safe().result("file", &Result::file);
  }
};

}  // namespace

ROPEWALK_PLUGIN("rebuilt", "1.0.0", ropewalk::task<Which>("which"), ropewalk::task<Where>("where"))
