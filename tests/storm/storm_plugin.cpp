// storm.step: leaves a line in a log, computes a value that can be checked, and sometimes takes its host with it.
// Whether and how depends on seed, index and attempt alone.

#include "value.hpp"

#include <ropewalk/sdk/task.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <string>
#include <system_error>

namespace {

struct Step {
  std::string log;
  std::int64_t seed = 0;
  double rate = 0;  ///< of the attempts that kill their host
  struct Result {
    std::int64_t number = 0;
    std::string text;
  };

  Result run(ropewalk::Call& call) const {
    const std::uint64_t bits = storm::mixed(storm::mixed(storm::mixed(static_cast<std::uint64_t>(seed)) ^ call.index()) ^ call.attempt());
    leave_line(call);
    const bool dies = static_cast<double>(bits >> 11) * 0x1p-53 < rate;
    const std::uint64_t choice = storm::mixed(bits);
    if (dies && choice % 2 == 0) die(choice / 2 % 32);
    call.wait(std::chrono::microseconds(choice / 64 % 1500));
    if (dies) die(choice / 2 % 32);
    return {storm::number_of(call.index()), storm::text_of(call.index())};
  }

  static void describe(ropewalk::TaskType<Step>& task) {
    task.summary("Leaves a line in a log and may take its host with it.")
        .thread_safe()
        .param("log", &Step::log, "gets a line 'stage index attempt pid'")
        .option("seed", &Step::seed, "another seed makes other attempts fatal")
        .option("rate", &Step::rate, "the share of attempts that are fatal").range(0, 1)
        .result("number", &Result::number)
        .result("text", &Result::text);
  }

 private:
  /// One write, so that lines of many processes neither mix nor half exist.
  void leave_line(const ropewalk::Call& call) const {
    const std::string line = std::string(call.stage()) + ' ' + std::to_string(call.index()) + ' ' + std::to_string(call.attempt()) +
                             ' ' + std::to_string(getpid()) + '\n';
    const int fd = open(log.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    const bool written = fd >= 0 && write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size());
    const int error = errno;
    if (fd >= 0) close(fd);
    if (!written) throw ropewalk::Permanent("the log '" + log + "': " + std::generic_category().message(error));
  }
  /// Stopping is rare: each costs a whole timeout.
  static void die(std::uint64_t way) {
    if (way == 0) kill(getpid(), SIGSTOP);
    else if (way < 10) raise(SIGSEGV);
    else if (way < 18) std::abort();
    else if (way < 25) _exit(0);
    else std::exit(0);
  }
};

}  // namespace

ROPEWALK_PLUGIN("storm", "1.0.0", ropewalk::task<Step>("step"))
