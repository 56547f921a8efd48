#pragma once
// Child: a started command that leads its own process group. Owned by one task, used on its thread. It is reaped last,
// so that its pid cannot be reused while it is being signalled.

#include "process/descriptor.hpp"
#include "process/launch.hpp"

#include <sys/types.h>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace process {

struct Command {
  std::vector<std::string> argv;
  std::optional<std::string> cwd;          ///< none: the process's own
  std::map<std::string, std::string> env;  ///< added to the process's environment
  std::optional<std::string> input;        ///< its whole standard input; none: see `talks`
  bool talks = false;                      ///< standard input is a pipe, which Child::in() writes to; else /dev/null
};

/// "SIGSEGV", or "signal 40".
std::string signal_name(int number);

class Child {
 public:
  struct End {
    bool signalled = false;
    int number = 0;  ///< exit code or signal
    std::chrono::nanoseconds cpu{};
  };

  /// Starts the command. Throws NoRoom, Permanent, Transient or an error on failure; then nothing of it has run.
  Child(const Launcher& launcher, const Command& command);
  /// Kills the remaining group.
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  pid_t pid() const { return pid_; }
  /// A descriptor that is readable once the command has ended.
  int ended() const { return pidfd_.get(); }
  Descriptor& in() { return in_; }    ///< the write end, non-blocking; none unless the command talks
  Descriptor& out() { return out_; }  ///< read ends, non-blocking
  Descriptor& err() { return err_; }
  /// Closes the extra write ends, which keep the pipes open while descriptors are plentiful. Without them, the end of
  /// the command would wake poll() three times.
  void stop_holding_pipes() { held_out_.reset(), held_err_.reset(); }
  /// Signals the whole group.
  void signal(int number) const;
  /// Call only once ended() is readable. Afterwards there is nothing to signal.
  End reap();

 private:
  pid_t pid_ = -1;
  Descriptor pidfd_, in_, out_, err_, held_out_, held_err_;
};

}  // namespace process
