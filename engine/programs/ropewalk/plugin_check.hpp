#pragma once
// `ropewalk plugins check`: what a plugin does with its task types is driven through all that hosts ever do with one,
// and what comes of it is judged. Its code runs in hosts, whose folder the options say.

#include <ropewalk/engine.hpp>

#include <memory>
#include <string>
#include <vector>

namespace ropewalk::cli {

struct CheckedType {
  std::string name;
  std::uint64_t runs = 0, succeeded = 0, stopped = 0, failed = 0, endless = 0;  ///< failed: in an orderly way
  std::string why_failed;                                                       ///< the first of them
  std::vector<std::string> faults;                                              ///< of the plugin, each once
  std::vector<std::string> notes;                                               ///< worth knowing, and no fault
};

/// Every task type, with default parameters and without those that have none: opened, run, run again, closed; on two
/// threads of a process at once, if it is thread-safe; in processes of its own; asked to stop as soon as it runs.
std::vector<CheckedType> check_task_types(EngineOptions options, const std::shared_ptr<const Plugin>& plugin);

}  // namespace ropewalk::cli
