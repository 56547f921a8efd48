#pragma once
// Where the workers of a stage are: the whole difference between the executors.

#include <cstdint>
#include <span>
#include <string_view>

namespace ropewalk {

struct Placement {
  std::uint32_t hosts = 1;
  std::uint32_t workers_per_host = 1;
  bool thread_per_task = false;  ///< each task gets a thread of its own
  bool host_per_task = false;    ///< each task gets a host of its own
};

struct BuiltinExecutor {
  std::string_view name;
  std::string_view summary;  ///< what it is for, in a line
  /// `workers` tasks at once, `per_host` of them in one host.
  Placement (*place)(std::uint32_t workers, std::uint32_t per_host);
};

/// The one list of executors, in the order of the documents.
std::span<const BuiltinExecutor> builtin_executors();
/// Null if there is none of that name.
const BuiltinExecutor* find_executor(std::string_view name);

}  // namespace ropewalk
