#pragma once
// One run of the real program, and the hosts of that run and of no other, which can be killed. Victims are held by
// pidfd and must carry the run's mark in their environment, so that a pid used again is never hit. The
// run's progress is the log that storm.step writes: a line as each attempt begins.

#include <cstdint>
#include <functional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace storm {

/// A run of `ropewalk run storm.yaml` in a folder of its own.
class Weather {
 public:
  /// `failpoints`: see base/failpoint.hpp; empty: none.
  Weather(std::string folder, std::string yaml, std::string failpoints = {});
  /// Kills what is left of the run.
  ~Weather();
  Weather(const Weather&) = delete;
  Weather& operator=(const Weather&) = delete;

  /// True once it has ended; then exit_status() is what waitpid() said.
  bool ended();
  /// Attempts that have begun so far.
  std::uint64_t begun();
  /// Processes of the most recent ones, in the order in which they began.
  const std::vector<pid_t>& active() const { return active_; }
  enum class Wait { begun, ended, hangs };
  /// Until so many attempts have begun. Hangs: neither log nor events have grown for minutes.
  Wait until_begun(std::uint64_t attempts);
  Wait until_ended();
  int exit_status() const { return status_; }
  pid_t engine() const { return pid_; }
  pid_t warden() const;
  /// What the warden has started, directly or not.
  std::vector<pid_t> hosts() const;
  bool stopped(pid_t pid) const;
  /// False if there is nobody of that pid any more, or it is not of this run.
  bool send(pid_t pid, int signal) const;
  /// Everything that carries the mark, zombies excepted.
  std::vector<pid_t> living() const;
  /// For each of them its state, where it waits and its threads.
  std::string picture() const;

  std::string results() const, log() const, events() const, said() const;

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
