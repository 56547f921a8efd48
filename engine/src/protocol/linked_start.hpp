#pragma once
// How a process learns that it is to be a host of a plugin that is linked into its program: an environment variable
// that the engine sets for this process and no other. The process removes it before any code of the program runs, so
// no process that a task starts has it.

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ropewalk {

inline constexpr std::string_view kLinkedStartVariable = "ROPEWALK_LINKED_HOST";
inline constexpr int kLinkedHostSocket = 3;   ///< of such a host: its socket to the engine
inline constexpr int kLinkedHostProgram = 4;  ///< of such a host: the file of its program

struct LinkedStart {
  pid_t warden = 0;               ///< the parent of the host; in any other process the variable is not meant
  std::uint64_t descriptors = 0;  ///< the user's own limit
  std::string plugin;             ///< its name
  std::string identity;           ///< of the program: see plugin_files/identity.hpp

  bool operator==(const LinkedStart&) const = default;
};

/// The value of the variable.
std::string encode(const LinkedStart& start);
/// Nothing: it is no such value.
std::optional<LinkedStart> decode_linked_start(std::string_view value);

/// Whether this process will become such a host and still runs the constructors of its program's static objects, in
/// which it must not be an engine: it would start itself for ever. Any thread.
bool is_starting_as_linked_host();
/// Called by the host alone.
void set_starting_as_linked_host(bool starting);

}  // namespace ropewalk
