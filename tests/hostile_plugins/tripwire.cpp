// A plugin that creates a file as soon as its code runs, and whose description contains control sequences of a
// terminal.

#include <ropewalk/sdk/task.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>

namespace {

struct Wire {
  Wire() {
    if (const char* file = std::getenv("TRIPWIRE")) ::close(::open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  }
} wire;

struct Step {
  std::string color = "blue";
  double length = 1;
  struct Result {
    std::string color;
  };
  Result run(ropewalk::Call& call) const {
    call.log(ropewalk::Level::info, "stepped \x1b[2J\xe2\x80\xae");
    return {color + "\x1b]0;title\x07"};
  }
  static void describe(ropewalk::TaskType<Step>& task) {
    task.summary("Steps\x1b[2J.\nforged: a line")
        .thread_safe()
        .option("color", &Step::color, "help\x1b[2J\nforged: a line")
        .one_of({"blue", "red\x1b[31m", "green\xe2\x80\xae"})
        .option("length", &Step::length, "how far")
        .unit("m\x1b[8m")
        .result("color", &Result::color, "of it\x9b");
  }
};

}  // namespace

ROPEWALK_PLUGIN("tripwire", "1.0.0", ropewalk::task<Step>("step"))
