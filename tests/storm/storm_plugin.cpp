// storm.step: appends a line to a log, computes a value that can be checked, and sometimes kills its host. Whether and
// how depends only on seed, index and attempt.

#include "value.hpp"

#include <ropewalk/sdk/task.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <string>
#include <system_error>

namespace {

struct Step {
  std::string log;
  std::int64_t seed = 0;
  double rate = 0;
  struct Result {
    std::int64_t number = 0;
    std::string text;
  };

  Result run(ropewalk::Call& call) const {
    leave_line(call);
    const storm::Fate fate = storm::fate_of(static_cast<std::uint64_t>(seed), call.index(), call.attempt(), rate);
    const std::uint64_t time = storm::mixed(call.index() * 7 + call.attempt());
    if (time % 2 == 0) meet(fate, time);
    call.wait(std::chrono::microseconds(time / 64 % 1500));
    meet(fate, time);
    return {storm::number_of(call.index()), storm::text_of(call.index())};
  }

  static void describe(ropewalk::TaskType<Step>& task) {
    task.summary("Leaves a line in a log and may take its host with it.")
        .thread_safe()
        .param("log", &Step::log, "gets a line 'stage index attempt pid'")
        .option("seed", &Step::seed, "another seed makes other attempts fatal")
        .option("rate", &Step::rate, "the share of attempts that are fatal")
        .range(0, 1)
        .result("number", &Result::number)
        .result("text", &Result::text);
  }

 private:
  /// One write, so that lines of several processes do not mix. A process killed within a write may leave the part in
  /// the first page of the file, so lines are padded to a size that divides a page.
  void leave_line(const ropewalk::Call& call) const {
    constexpr std::size_t kLine = 64;
    const std::string pid = std::to_string(getpid()) + '\n';
    std::string line =
        std::string(call.stage()) + ' ' + std::to_string(call.index()) + ' ' + std::to_string(call.attempt()) + ' ';
    if (line.size() + pid.size() > kLine) throw ropewalk::Permanent("the stage's name is too long for the log");
    line.resize(kLine - pid.size(), ' ');
    line += pid;
    const int fd = open(log.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    const bool written = fd >= 0 && write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size());
    const int error = errno;
    if (fd >= 0) close(fd);
    if (!written) throw ropewalk::Permanent("the log '" + log + "': " + std::generic_category().message(error));
  }
  static void meet(storm::Fate fate, std::uint64_t time) {
    switch (fate) {
      case storm::Fate::lives: return;
      case storm::Fate::stops: kill(getpid(), SIGSTOP); return;
      case storm::Fate::faults: raise(SIGSEGV); return;
      case storm::Fate::aborts: std::abort();
      case storm::Fate::exits:
        if (time / 2 % 2 == 0) _exit(0);
        std::exit(0);
    }
  }
};

}  // namespace

ROPEWALK_PLUGIN("storm", "1.0.0", ropewalk::task<Step>("step"))
