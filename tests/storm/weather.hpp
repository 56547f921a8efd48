#pragma once
// One run of the real program, and the hosts of that run only, which can be killed. Victims are identified by pidfd and
// must have the run's mark in their environment, so that a reused pid is never signalled. The run's progress is the log
// written by storm.step: one line as each attempt begins.

#include <cstdint>
#include <functional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace storm {

/// A run of `ropewalk run storm.yaml` in its own folder.
class Weather {
 public:
  /// `failpoints`: see base/failpoint.hpp; empty: none.
  Weather(std::string folder, std::string yaml, std::string failpoints = {});
  /// Kills the rest of the run.
  ~Weather();
  Weather(const Weather&) = delete;
  Weather& operator=(const Weather&) = delete;

  /// Returns true once the run has ended; exit_status() is then the status from waitpid().
  bool ended();
  /// Number of attempts begun so far.
  std::uint64_t begun();
  /// Processes of the most recent attempts, in the order in which they began.
  const std::vector<pid_t>& active() const { return active_; }
  enum class Wait { begun, ended, hangs };
  /// Waits until that many attempts have begun. Hangs: neither log nor events have grown for minutes.
  Wait until_begun(std::uint64_t attempts);
  Wait until_ended();
  int exit_status() const { return status_; }
  pid_t engine() const { return pid_; }
  pid_t warden() const;
  /// Processes started by the warden, directly or indirectly.
  std::vector<pid_t> hosts() const;
  bool stopped(pid_t pid) const;
  /// Returns false if no process of that pid exists any more, or if it does not belong to this run.
  bool send(pid_t pid, int signal) const;
  /// All processes with the mark, except zombies.
  std::vector<pid_t> living() const;
  /// Describes the state, the wait channel and the threads of each of them.
  std::string picture() const;

  std::string results() const, log() const, events() const, output() const;

 private:
  std::string read(const char* file) const;
  Wait wait(const std::function<bool()>& enough);
  std::uintmax_t size_of(const char* file) const;
  bool marked(pid_t pid) const;

  const std::string folder_;
  std::string mark_;
  pid_t pid_ = -1;
  int pidfd_ = -1, changes_ = -1;  // of the engine; of the log
  std::uint64_t begun_ = 0, read_bytes_ = 0;
  std::vector<pid_t> active_;
  bool ended_ = false;
  int status_ = 0;
};

}  // namespace storm
