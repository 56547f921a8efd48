#pragma once
// Starts one host process. The only file that includes Boost.Process.

#include "base/fd.hpp"
#include "protocol/warden_messages.hpp"
#include "warden/shield.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <sys/types.h>

#include <string>
#include <vector>

namespace ropewalk::warden {

struct Spawned {
  pid_t pid = 0;
  int error = 0;     ///< errno if pid is 0
  std::string text;  ///< the cause, as text for people
};

/// The process gets its own group, dies with this process, and has default signal handling, /dev/null as input,
/// `output` as descriptors 1 and 2 (-1: /dev/null) and `fds` as 3, 4, ...; no other descriptor is open. `shield`
/// restricts its system calls.
Spawned spawn(const boost::asio::any_io_executor& executor, const Shield& shield, const warden_wire::Command& command, int output, const std::vector<Fd>& fds);

}  // namespace ropewalk::warden
