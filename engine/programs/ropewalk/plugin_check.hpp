#pragma once
// `ropewalk plugins check`: runs the task types of a plugin in all the ways in which hosts use them, and reports
// faults. The plugin runs in hosts, in the folder that the options name.

#include <ropewalk/engine.hpp>

#include <memory>
#include <string>
#include <vector>

namespace ropewalk::cli {

struct CheckedType {
  std::string name;
  std::uint64_t runs = 0, succeeded = 0, stopped = 0, failed = 0, endless = 0;  ///< failed: with a reported error
  std::string why_failed;                                                       ///< the first of them
  std::vector<std::string> faults;                                              ///< of the plugin, each once
  std::vector<std::string> notes;                                               ///< remarks that are not faults
};

/// Checks every task type with default parameters, or the least values where there is no default: opens it, runs it
/// several times, closes it; runs it on two threads at once if it is thread-safe, and in separate processes; and
/// requests it to stop while it runs.
std::vector<CheckedType> check_task_types(EngineOptions options, const std::shared_ptr<const Plugin>& plugin);

}  // namespace ropewalk::cli
