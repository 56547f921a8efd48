// Repeats what it is given wherever a plugin can put text: log, progress, output, result or failure. For tests of what
// hides a secret there.

#include <ropewalk/sdk/task.hpp>

#include <cstdio>
#include <stdexcept>
#include <string>

namespace {

struct Repeat {
  std::string text, how = "result";
  struct Result {
    std::string text;
  };
  Result run(ropewalk::Call& call) const {
    for (const auto level :
         {ropewalk::Level::debug, ropewalk::Level::info, ropewalk::Level::warning, ropewalk::Level::error})
      call.log(level, "heard " + text);
    call.progress(0.5, text);
    std::printf("out %s\n", text.c_str());
    std::fprintf(stderr, "err %s\n", text.c_str());
    std::fflush(stdout);
    if (how == "error") throw std::runtime_error("cannot repeat " + text);
    if (how == "crash") *static_cast<volatile char* volatile*>(nullptr) = nullptr;
    return {text};
  }
  static void describe(ropewalk::TaskType<Repeat>& task) {
    task.summary("Repeats a text.")
        .thread_safe()
        .param("text", &Repeat::text, "what to repeat")
        .option("how", &Repeat::how, "how to end")
        .one_of({"result", "error", "crash"})
        .result("text", &Result::text, "the text");
  }
};

}  // namespace

ROPEWALK_PLUGIN("parrot", "1.0.0", ropewalk::task<Repeat>("repeat"))
