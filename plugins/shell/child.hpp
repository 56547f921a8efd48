#pragma once
// Child: a started command, leader of a process group of its own. Owned by one task, used on its thread. It is
// reaped last, so that its number cannot come to mean another process while it is being signalled.

#include "descriptor.hpp"
#include "launch.hpp"

#include <sys/types.h>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace shell {

struct Command {
  std::vector<std::string> argv;
  std::optional<std::string> cwd;          ///< none: the process's own
  std::map<std::string, std::string> env;  ///< over what the process has
  std::optional<std::string> input;        ///< none: /dev/null
};

class Child {
 public:
  struct End {
    bool signalled = false;
    int number = 0;  ///< exit code or signal
    std::chrono::nanoseconds cpu{};
  };

  /// Starts it. Throws NoRoom, Permanent, Transient or an error if that cannot be; then nothing of it has run.
  Child(const Launcher& launcher, const Command& command);
  /// Kills what is left of the group.
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  pid_t pid() const { return pid_; }
  /// Readable when the command has ended.
  int ended() const { return pidfd_.get(); }
  Descriptor& out() { return out_; }  ///< read ends, non-blocking
  Descriptor& err() { return err_; }
  /// Until then the pipes have no end, where descriptors are plenty: else it is seen three times that a command has ended.
  void stop_holding_pipes() { held_out_.reset(), held_err_.reset(); }
  /// To the whole group.
  void signal(int number) const;
  /// Only once ended() is readable. Afterwards there is nothing to signal.
  End reap();

 private:
  pid_t pid_ = -1;
  Descriptor pidfd_, out_, err_, held_out_, held_err_;
};

}  // namespace shell
