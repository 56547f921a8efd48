#pragma once
// The tests' own account of a run: all reported events by task and by host.

#include <ropewalk/events.hpp>

#include <map>
#include <set>
#include <string>
#include <vector>

namespace ropewalk::test {

struct Account : Observer {
  struct Ending {
    int times = 0;  // number of `last` attempts
    Outcome outcome{};
    std::int32_t detail = 0, host = 0;
    std::string message, evidence;
  };
  void tasks_started(std::int64_t, std::uint32_t, std::span<const TaskStarted> tasks) override {
    started += tasks.size();
  }
  void tasks_finished(std::int64_t, std::uint32_t, std::span<const TaskFinished> tasks) override {
    for (const TaskFinished& task : tasks) {
      if (!task.last) continue;
      Ending& ending = endings[task.index];
      ending = {ending.times + 1,          task.outcome, task.detail, task.host, std::string(task.message),
                std::string(task.evidence)};
    }
  }
  void task_output(std::int64_t, std::uint32_t, const TaskOutput& event) override { output[event.index] += event.text; }
  void host_output(std::int64_t, const HostOutput& event) override { printed += event.text; }
  void warning(std::int64_t, const Warning& warning) override { warnings.push_back(std::string(warning.text)); }
  void host_started(std::int64_t, const HostStarted& host) override { hosts.insert(host.pid); }
  void host_ended(std::int64_t, const HostEnded& host) override { ends.push_back(std::string(host.how)); }

  std::size_t started = 0;
  std::map<std::uint64_t, Ending> endings;
  std::map<std::uint64_t, std::string> output;
  std::string printed;  // by hosts whose tasks share their output
  std::set<std::int32_t> hosts;
  std::vector<std::string> ends, warnings;
};

}  // namespace ropewalk::test
