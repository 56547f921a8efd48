#include "run.hpp"

#include "interpreter.hpp"

#include "process/capture.hpp"
#include "process/child.hpp"
#include "process/strays.hpp"

#include <poll.h>
#include <signal.h>

#include <algorithm>
#include <chrono>

namespace shell {
namespace {

using process::Capture;
using process::Child;
using process::Command;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kGrace{2000};       // between TERM and KILL
constexpr milliseconds kUnkillable{2000};  // after KILL, because a process in uninterruptible sleep may never end
constexpr milliseconds kDrain{200};        // for output of background children that keep the pipes open
constexpr milliseconds kPollInterval{50};  // between two calls of cancelled() without a cancel descriptor

/// A running command: reads its output, stops it when the task is requested to stop, and kills it when the host rejects
/// further output.
class Watch {
 public:
  Watch(ropewalk::Call& call, Child& child)
      : output(call),
        out(output, ropewalk::Stream::out),
        err(output, ropewalk::Stream::err),
        call_(call),
        child_(child),
        cancel_fd_(call.cancel_fd()) {}

  /// Returns when the command has ended.
  void until_end() {
    for (;;) {
      const bool ended = wait_and_read(time_left());
      if (!stopping_ && call_.cancelled()) stop();
      if (ended) return;
      if (refused_ && !killed_) kill();
      if (!stopping_ || Clock::now() < next_) continue;
      if (killed_) throw std::runtime_error("the command does not end, not even by SIGKILL");
      kill();
    }
  }

  /// Reads on until both pipes are at their end, or for a moment. True at the end.
  void drain() {
    child_.stop_holding_pipes();
    const Clock::time_point end = Clock::now() + kDrain;
    while (child_.out() || child_.err()) {
      const auto left = std::chrono::ceil<milliseconds>(end - Clock::now());
      if (left.count() <= 0) return;
      pollfd fds[] = {{child_.out().get(), POLLIN, 0}, {child_.err().get(), POLLIN, 0}};
      poll(fds, 2, static_cast<int>(left.count()));
      read(fds[0].revents, fds[1].revents);
    }
  }

  bool stopping() const { return stopping_; }
  /// Whether the host rejected further output.
  bool refused() const { return refused_; }

  ropewalk::Output output;
  Capture out, err;

 private:
  milliseconds time_left() const {
    if (stopping_) return std::max(std::chrono::ceil<milliseconds>(next_ - Clock::now()), milliseconds(0));
    return cancel_fd_ < 0 ? kPollInterval : milliseconds(-1);
  }
  /// Waits for an event and reads the available output. Returns true if the command has ended.
  bool wait_and_read(milliseconds time) {
    pollfd fds[] = {{child_.ended(), POLLIN, 0},
                    {child_.out().get(), POLLIN, 0},
                    {child_.err().get(), POLLIN, 0},
                    {stopping_ ? -1 : cancel_fd_, POLLIN, 0}};  // poll() ignores negative descriptors
    poll(fds, 4, static_cast<int>(time.count()));
    read(fds[1].revents, fds[2].revents);
    return fds[0].revents != 0;
  }
  void read(short out_events, short err_events) {
    if (refused_) return;
    refused_ = !out.read(child_.out(), out_events) || !err.read(child_.err(), err_events);
    if (refused_) child_.out().reset(), child_.err().reset();
  }
  void kill() {
    stopping_ = killed_ = true;
    next_ = Clock::now() + kUnkillable;
    child_.signal(SIGKILL);
  }
  void stop() {
    stopping_ = true;
    next_ = Clock::now() + kGrace;
    child_.signal(SIGTERM);
    child_.signal(SIGCONT);  // a stopped process would not receive it
  }

  ropewalk::Call& call_;
  Child& child_;
  const int cancel_fd_;
  bool stopping_ = false, killed_ = false, refused_ = false;
  Clock::time_point next_;  ///< of the next signal, while stopping
};

Command command_of(const Run& run, const process::Launcher& launcher) {
  Command command;
  if (run.command.has_value() == run.argv.has_value())
    throw ropewalk::Permanent(std::string("give either 'command' or 'argv', not ") + (run.argv ? "both" : "neither"));
  if (run.argv && !run.shell.is_null())
    throw ropewalk::Permanent("'shell' reads a 'command'; of 'argv' the first word is the program");
  if (run.argv) command.argv = process::words_of(*run.argv);
  if (run.command) process::refuse_nul("the command", *run.command);
  process::set_surroundings(command, run.cwd, run.env);
  if (run.command) {
    command.argv = interpreter_words(run.shell, launcher, command);
    for (const std::string& word : command.argv) process::refuse_nul("'shell'", word);
    command.argv.push_back(*run.command);
  }
  if (run.input) command.input = process::text_of(*run.input);
  return command;
}

}  // namespace

Run::Result Run::run(ropewalk::Call& call, const process::Launcher& launcher) const {
  call.stop_if_cancelled();
  const Command command = command_of(*this, launcher);
  Child child(launcher, command);
  Watch watch(call, child);
  watch.until_end();

  watch.drain();
  const pid_t group = child.pid();
  const Child::End end = child.reap();
  const std::vector<process::Stray> strays = process::find_strays(group);
  process::end(group, strays);
  process::reap_orphans(group);
  call.charge_cpu(end.cpu);
  if (!strays.empty() && !watch.stopping()) {
    call.log(ropewalk::Level::warning, "the command left running and lost " + names_of(strays));
    call.left_behind(strays.size());
  }
  if (watch.refused()) watch.output.fail();
  if (watch.stopping()) throw ropewalk::Stopped();

  const std::string why = watch.err.last_line();
  const std::string name = this->command ? "the command" : "'" + command.argv[0] + "'";
  if (end.signalled)
    throw std::runtime_error(name + " was killed by " + process::signal_name(end.number) +
                             (why.empty() ? "" : ": " + why));
  if (std::find(ok_codes.begin(), ok_codes.end(), end.number) == ok_codes.end())
    throw ropewalk::ExitCode(
        end.number, name + " exited with code " + std::to_string(end.number) + (why.empty() ? "" : ": " + why));
  return {.exit_code = end.number,
          .out = watch.output.all_of(ropewalk::Stream::out),
          .err = watch.output.all_of(ropewalk::Stream::err)};
}

void Run::describe(ropewalk::TaskType<Run>& task) {
  task.summary("Runs a command; its whole process group is gone when the task ends.")
      .thread_safe()
      .stops()
      .prefers("thread")
      .exactly_one({"command", "argv"})
      .option("command", &Run::command,
              "for a shell that stops at the first error; values from elsewhere belong into argv")
      .option("argv", &Run::argv, "program and arguments; instead of command")
      .option("shell", &Run::shell, "of command: sh, bash, ..., with set -eu and pipefail; or words: [python3, -c]")
      .option("cwd", &Run::cwd, "its working directory")
      .option("env", &Run::env, "environment variables, on top of those of the run")
      .option("stdin", &Run::input, "its standard input; default: nothing")
      .option("ok_codes", &Run::ok_codes, "exit codes that are a success")
      .result("exit_code", &Result::exit_code, "of the command")
      .result("stdout", &Result::out, "all that it wrote, up to limits.output (default: 256 MiB, together with stderr)")
      .result("stderr", &Result::err, "as stdout");
}

}  // namespace shell

ROPEWALK_PLUGIN("shell", "1.0.0", ropewalk::task<shell::Run>("run"))
