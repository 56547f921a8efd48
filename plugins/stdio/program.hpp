#pragma once
// A program that is kept running and answers requests: a line of JSON each way. Owned by one worker, used on its
// thread.

#include "process/child.hpp"
#include "process/launch.hpp"

#include <ropewalk/sdk/task.hpp>

#include <nlohmann/json.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace stdio {

class Program {
 public:
  /// Starts it. Throws as Child does.
  Program(const process::Launcher& launcher, process::Command command);
  /// Closes its standard input, and kills its process group if it has not ended after a second.
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  /// Sends a line and returns the object that answers it. What the program reports meanwhile (progress, log, standard
  /// error) is passed to the call. Throws if the program ends, writes something else, exceeds limits.output, or if the
  /// task is requested to stop; the program cannot be used again then.
  nlohmann::json ask(ropewalk::Call& call, const nlohmann::json& request);
  /// Whether it can be asked again.
  bool usable() const { return usable_; }
  const process::Command& command() const { return command_; }

 private:
  struct Asking;
  void send(Asking& asking);
  bool receive(Asking& asking, short events);
  bool take_lines(Asking& asking);
  bool take(Asking& asking, std::string_view line);
  [[noreturn]] void end_without_answer(Asking& asking);
  [[noreturn]] void stop();
  bool wait_for_end(std::chrono::milliseconds time) const;
  std::chrono::nanoseconds cpu_time() const;

  const process::Command command_;
  process::Child child_;
  std::string received_;  // of standard output, behind the last line that was taken
  bool usable_ = true;
};

}  // namespace stdio
